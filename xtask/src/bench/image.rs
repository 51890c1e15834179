//! What is measured, built: images, tenders, and the servers of others.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Done, report};

/// The profile that the hyper server has as well. Cargo takes it from the environment.
const BEST: [(&str, &str); 2] =
    [("CARGO_PROFILE_RELEASE_LTO", "fat"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")];

/// The platform of tenders, named so that their flags do not reach what builds them.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// The manifest of the hyper server.
const PEER: &str = "quality/peer/hyper-site/Cargo.toml";
/// Where peers are built, and images kept.
const TARGET: &str = "target/bench";

/// Returns the folder that all of it is in.
pub(super) fn folder(root: &Path) -> PathBuf {
    root.join(TARGET)
}

/// Returns an image by the name that it is kept under.
pub(super) fn image(root: &Path, name: &str) -> PathBuf {
    folder(root).join(name)
}

/// Returns the tender of a target.
pub(super) fn tender(root: &Path, target: &str) -> PathBuf {
    folder(root).join(PLATFORM).join("release").join(format!("sarab-{target}"))
}

/// Returns the hyper server.
pub(super) fn hyper(root: &Path) -> PathBuf {
    folder(root).join("release/hyper-site")
}

/// Builds all of it.
pub(super) fn build_all(root: &Path) -> Done {
    let folder = folder(root);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    cargo(root, &["build", "--quiet", "--release", "--package", "sarab-cli"], &[])?;
    for (name, project, keys) in [
        ("site-socket", "example/site", &["--net", "socket"][..]),
        ("site-direct", "example/site", &["--net", "direct"]),
        ("site-guest", "example/site", &["-t", "spt"]),
        ("hello-unix", "example/hello-key", &[]),
        ("hello-guest", "example/hello-key", &["-t", "spt"]),
        ("hello-virtio", "example/hello-key", &["-t", "virtio"]),
        ("card-virtio", "quality/measure/card", &["-t", "virtio"]),
        ("site-virtio", "example/site", &["-t", "virtio"]),
        ("disk-unix", "quality/measure/disk", &[]),
        ("disk-guest", "quality/measure/disk", &["-t", "spt"]),
    ] {
        keep(root, name, project, keys)?;
    }
    tenders(root)?;
    cargo(
        root,
        &["build", "--quiet", "--release", "--manifest-path", PEER, "--target-dir", TARGET],
        &[],
    )?;
    hello(root)
}

/// Builds an image and keeps it under a name of its own, and another one without what is for debuggers.
fn keep(root: &Path, name: &str, project: &str, keys: &[&str]) -> Done {
    let built = sarab(root, &[&["build", project], keys].concat())?;
    let kept = image(root, name);
    fs::copy(&built, &kept).map_err(|error| format!("{}: {error}", built.display()))?;
    let stripped = kept.with_extension("stripped");
    let status = Command::new("strip").arg(&kept).arg("-o").arg(&stripped).status();
    let is_stripped = status.is_ok_and(|status| status.success());
    is_stripped.then_some(()).ok_or_else(|| format!("cannot strip {}", kept.display()))
}

fn tenders(root: &Path) -> Done {
    let mut words = vec!["build", "--quiet", "--release", "--target", PLATFORM];
    words.extend(["--target-dir", TARGET]);
    words.extend(["--package", "sarab-spt", "--package", "sarab-hvt", "--package", "sarab-qemu"]);
    cargo(root, &words, &[("RUSTFLAGS", "-C target-feature=+crt-static")])
}

/// Compiles the process that everything is compared with.
fn hello(root: &Path) -> Done {
    let status = Command::new("cc")
        .args(["-O2", "-static", "-o"])
        .arg(image(root, "hello-c"))
        .arg(root.join("quality/peer/hello.c"))
        .status();
    let built = status.is_ok_and(|status| status.success());
    built.then_some(()).ok_or_else(|| "cannot compile quality/peer/hello.c".into())
}

fn cargo(root: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Done {
    report::step(&format!("cargo {}", arguments.join(" ")));
    let mut command = Command::new("cargo");
    let status = command.args(arguments).envs(variables.iter().copied()).current_dir(root).status();
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
