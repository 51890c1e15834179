//! What is compared: one page, from ourselves on each target and from others.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Bench,
    image::{Need, folder, hyper, image, tender},
    load::{self, Load},
    network::{self, Network},
    server::Server,
    table::{self, Row},
};
use crate::{Done, report};

/// What has to be built.
pub(super) const NEEDS: &[Need] = &[
    Need::Image("site-socket"),
    Need::Image("site-direct"),
    Need::Image("site-guest"),
    Need::Tender("spt"),
    Need::Tender("hvt"),
    Need::Hyper,
];

/// Times that a server is started to learn how long that takes.
const STARTS: usize = 21;

/// Measures all and prints the table.
pub(super) fn measure(bench: &Bench<'_>) -> Done {
    let mut rows = Vec::new();
    for subject in Subject::all(bench.root, &bench.network)? {
        report::step(&format!("measuring {}", subject.name));
        rows.push(subject.measure(bench.seconds)?);
    }
    table::print(&rows);
    Ok(())
}

/// A server of the page.
pub(super) struct Subject {
    pub(super) name: &'static str,
    /// What lies between it and the load generator.
    network: &'static str,
    /// Words before the command, that put it where its network is.
    before: Vec<String>,
    program: PathBuf,
    arguments: Vec<String>,
    address: SocketAddr,
}

impl Subject {
    /// Returns all that are compared, ourselves first.
    pub(super) fn all(root: &Path, network: &Network) -> Result<Vec<Self>, String> {
        let nginx = folder(root).join("nginx.conf");
        fs::write(&nginx, conf(root)).map_err(|error| format!("{}: {error}", nginx.display()))?;
        let nginx = ["-c".into(), nginx.display().to_string()];
        let local = |name, program, arguments: &[String], port| Self {
            name,
            network: "loopback",
            before: Vec::new(),
            program,
            arguments: arguments.to_vec(),
            address: ([127, 0, 0, 1], port).into(),
        };
        let far = |name, program, arguments: &[String], port| Self {
            network: "veth",
            before: network.enter(),
            address: (network::FAR, port).into(),
            ..local(name, program, arguments, port)
        };
        let port = ["8082".into()];
        let mut all = vec![
            local("sarab site, sockets", image(root, "site-socket"), &[], 8080),
            local("bare hyper", hyper(root), &port, 8082),
            local("nginx", "nginx".into(), &nginx, 8083),
            far("sarab site, sockets", image(root, "site-socket"), &[], 8080),
            far("bare hyper", hyper(root), &port, 8082),
            far("nginx", "nginx".into(), &nginx, 8083),
        ];
        all.extend(Self::on_taps(root));
        Ok(all)
    }

    /// Returns the site on its own stack, on each target.
    pub(super) fn on_taps(root: &Path) -> [Self; 3] {
        let attach = ["--net".into(), "service=tap:tap0".into()];
        let guest = image(root, "site-guest").display().to_string();
        let guest = [&attach[..], &[guest]].concat();
        [
            ("sarab site, unix", image(root, "site-direct"), attach.to_vec()),
            ("sarab site, spt", tender(root, "spt"), guest.clone()),
            ("sarab site, hvt", tender(root, "hvt"), guest),
        ]
        .map(|(name, program, arguments)| Self {
            name,
            network: "tap",
            before: Vec::new(),
            program,
            arguments,
            address: (network::GUEST, 8080).into(),
        })
    }

    /// Starts it often, then loads it.
    pub(super) fn measure(&self, seconds: u32) -> Result<Row, String> {
        self.get_known()?;
        let mut starts = Vec::new();
        for _ in 0..STARTS {
            starts.push(self.start()?.until_ready);
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
        network::keep_neighbour(&address, mac)
    }

    pub(super) fn start(&self) -> Result<Server, String> {
        let program = self.program.display().to_string();
        let words = [&self.before[..], &[program], &self.arguments].concat();
        Server::start(self.name, &words, self.address)
    }
}

/// One process, no log, files held open: nginx at its best for this page.
fn conf(root: &Path) -> String {
    let pages = root.join("example/site/htdocs");
    let folder = folder(root);
    format!(
        "daemon off;\nmaster_process off;\nuser root;\nerror_log stderr;\npid {pid};\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n  access_log off;\n  types {{ text/html html; text/css css; }}\n  \
         sendfile on;\n  tcp_nodelay on;\n  keepalive_requests 1000000000;\n  \
         open_file_cache max=100;\n  client_body_temp_path {temp};\n  proxy_temp_path {temp};\n  \
         fastcgi_temp_path {temp};\n  uwsgi_temp_path {temp};\n  scgi_temp_path {temp};\n  \
         server {{ listen 8083; root {pages}; }}\n}}\n",
        pid = folder.join("nginx.pid").display(),
        temp = folder.join("nginx-temp").display(),
        pages = pages.display(),
    )
}
