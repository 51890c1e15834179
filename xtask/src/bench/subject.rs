//! What is compared: one page, from four servers.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    load::{self, Load},
    server::Server,
    table::Row,
};
use crate::{Done, report};

/// Times that a server is started to learn how long that takes.
const STARTS: usize = 21;

/// A server of the page.
pub(super) struct Subject {
    pub(super) name: &'static str,
    /// What lies between it and the load generator.
    network: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    address: SocketAddr,
}

impl Subject {
    /// Returns all that are compared, ourselves first.
    pub(super) fn all(root: &Path) -> Vec<Self> {
        let folder = folder(root);
        let nginx = folder.join("nginx.conf").display().to_string();
        let image = |name: &str| folder.join(name);
        let (local, tap) = ("loopback", "tap");
        vec![
            Self::new("sarab site, --net socket", local, image("site-socket"), &[], 8080),
            Self::new("bare hyper", local, hyper(root), &["8082"], 8082),
            Self::new("nginx", local, "nginx".into(), &["-c", &nginx], 8083),
            Self::new(
                "sarab site, --net direct",
                tap,
                image("site-direct"),
                &["--net", "service=tap:tap0"],
                8080,
            ),
        ]
    }

    fn new(
        name: &'static str,
        network: &'static str,
        program: PathBuf,
        arguments: &[&str],
        port: u16,
    ) -> Self {
        let address = if network == "tap" { [10, 0, 0, 2] } else { [127, 0, 0, 1] };
        let arguments = arguments.iter().map(ToString::to_string).collect();
        Self { name, network, program, arguments, address: (address, port).into() }
    }

    /// Starts it often, then loads it.
    pub(super) fn measure(&self, seconds: u32) -> Result<Row, String> {
        self.get_known()?;
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            starts.push(self.start()?.until_listening);
        }
        starts.sort();
        let server = self.start()?;
        load::run(self.address, 1)?;
        let before = server.cpu()?;
        let load = load::run(self.address, seconds)?;
        let cpu = server.cpu()?.saturating_sub(before);
        let Load { requests, requests_per_second, p50, p99, errors } = load;
        Ok(Row {
            name: self.name,
            network: self.network,
            start: starts[STARTS / 2],
            requests_per_second,
            cpu_per_request: cpu / u32::try_from(requests.max(1)).unwrap_or(u32::MAX),
            p50,
            p99,
            errors,
        })
    }

    /// Lets the host learn who answers on the tap, and keep it, so that no start waits for that.
    fn get_known(&self) -> Done {
        if self.network != "tap" {
            return Ok(());
        }
        let server = self.start()?;
        let address = self.address.ip().to_string();
        let output = Command::new("ip").args(["neighbour", "show", &address]).output();
        let output = output.map_err(|error| format!("cannot start ip: {error}"))?;
        let line = String::from_utf8_lossy(&output.stdout).into_owned();
        let mac = line.split(" lladdr ").nth(1).and_then(|rest| rest.split(' ').next());
        let mac = mac.ok_or_else(|| format!("{} has no neighbour {address}: {line}", self.name))?;
        drop(server);
        let status = Command::new("ip")
            .args(["neighbour", "replace", &address, "lladdr", mac, "dev", "tap0"])
            .args(["nud", "permanent"])
            .status();
        let kept = status.is_ok_and(|status| status.success());
        kept.then_some(()).ok_or_else(|| format!("cannot keep {address} as a neighbour"))
    }

    fn start(&self) -> Result<Server, String> {
        Server::start(self.name, &self.program, &self.arguments, self.address)
    }
}

/// Builds our images and the peers that have to be built.
pub(super) fn build_all(root: &Path) -> Done {
    let folder = folder(root);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    cargo(root, &["build", "--quiet", "--release", "--package", "sarab-cli"])?;
    for network in ["socket", "direct"] {
        let built = sarab(root, &["build", "example/site", "--net", network])?;
        let image = folder.join(format!("site-{network}"));
        let copied = fs::copy(&built, &image);
        copied.map_err(|error| format!("{}: {error}", built.display()))?;
    }
    cargo(
        root,
        &["build", "--quiet", "--release", "--manifest-path", PEER, "--target-dir", TARGET],
    )?;
    let conf = folder.join("nginx.conf");
    fs::write(&conf, nginx(root)).map_err(|error| format!("{}: {error}", conf.display()))
}

/// The profile that the hyper server has as well. Cargo takes it from the environment.
const BEST: [(&str, &str); 2] =
    [("CARGO_PROFILE_RELEASE_LTO", "fat"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")];

/// The manifest of the hyper server.
const PEER: &str = "quality/peer/hyper-site/Cargo.toml";
/// Where peers are built, and images kept.
const TARGET: &str = "target/bench";

fn folder(root: &Path) -> PathBuf {
    root.join(TARGET)
}

fn hyper(root: &Path) -> PathBuf {
    folder(root).join("release/hyper-site")
}

fn cargo(root: &Path, arguments: &[&str]) -> Done {
    report::step(&format!("cargo {}", arguments.join(" ")));
    let status = Command::new("cargo").args(arguments).current_dir(root).status();
    let built = status.is_ok_and(|status| status.success());
    built.then_some(()).ok_or_else(|| format!("`cargo {}` failed", arguments.join(" ")))
}

/// Runs `sarab build` and returns the image that it names.
fn sarab(root: &Path, arguments: &[&str]) -> Result<PathBuf, String> {
    report::step(&format!("sarab {}", arguments.join(" ")));
    let output = Command::new(root.join("target/release/sarab"))
        .args(arguments)
        .args(["--message-format", "json"])
        .envs(BEST)
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot start sarab: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let image = said.split("\"image\":\"").nth(1).and_then(|rest| rest.split('"').next());
    image
        .map(PathBuf::from)
        .ok_or_else(|| format!("sarab build: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

/// One process, no log, files held open: nginx at its best for this page.
fn nginx(root: &Path) -> String {
    let pages = root.join("example/site/htdocs");
    let folder = folder(root);
    format!(
        "daemon off;\nmaster_process off;\nuser root;\nerror_log stderr;\npid {pid};\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n  access_log off;\n  types {{ text/html html; text/css css; }}\n  \
         sendfile on;\n  tcp_nodelay on;\n  keepalive_requests 1000000000;\n  \
         open_file_cache max=100;\n  client_body_temp_path {temp};\n  proxy_temp_path {temp};\n  \
         fastcgi_temp_path {temp};\n  uwsgi_temp_path {temp};\n  scgi_temp_path {temp};\n  \
         server {{ listen 127.0.0.1:8083; root {pages}; }}\n}}\n",
        pid = folder.join("nginx.pid").display(),
        temp = folder.join("nginx-temp").display(),
        pages = pages.display(),
    )
}
