//! What is measured, built: images, tenders, and the servers of others.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{guest::linux, xen};
use crate::{Done, fetch, report};

/// The profile that the hyper server has as well. Cargo takes it from the environment.
const BEST: [(&str, &str); 2] =
    [("CARGO_PROFILE_RELEASE_LTO", "fat"), ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")];

/// The platform of tenders, named so that their flags do not reach what builds them.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";
/// The manifest of the hyper server.
const PEER: &str = "quality/peer/hyper-site/Cargo.toml";
/// The manifest of the program that measures stores.
const STORES: &str = "quality/measure/store/Cargo.toml";
/// The manifest of the program that measures FAT libraries.
const FAT_LIBRARIES: &str = "quality/measure/fat/Cargo.toml";
/// A header of RocksDB's library, what Debian calls that and what its binding is made with, and where they are.
const ROCKSDB_HEADER: &str = "/usr/include/rocksdb/c.h";
const ROCKSDB_PACKAGES: [&str; 2] = ["librocksdb-dev", "libclang-dev"];
const ROCKSDB_WORDS: [&str; 4] = ["--features", "rocksdb", "--bin", "rocksdb"];
const ROCKSDB_PLACES: [(&str, &str); 2] =
    [("ROCKSDB_LIB_DIR", "/usr/lib/x86_64-linux-gnu"), ("ROCKSDB_INCLUDE_DIR", "/usr/include")];
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

/// Returns this program, in one file that needs no library.
pub(super) fn chores(root: &Path) -> PathBuf {
    folder(root).join(PLATFORM).join("release/xtask")
}

/// Returns the hyper server.
pub(super) fn hyper(root: &Path) -> PathBuf {
    folder(root).join("release/hyper-site")
}

/// Returns the hyper server that needs no library.
pub(super) fn static_hyper(root: &Path) -> PathBuf {
    folder(root).join(PLATFORM).join("release/hyper-site")
}

/// Returns the program that measures stores.
pub(super) fn stores(root: &Path) -> PathBuf {
    folder(root).join("release/store")
}

/// Returns the program that measures RocksDB.
pub(super) fn rocksdb(root: &Path) -> PathBuf {
    folder(root).join("release/rocksdb")
}

/// Returns the program that measures FAT libraries.
pub(super) fn fat_libraries(root: &Path) -> PathBuf {
    folder(root).join("release/fat")
}

/// Something that a part of the bench needs built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The image that is kept under this name.
    Image(&'static str),
    /// The tender of a target.
    Tender(&'static str),
    /// The hyper server.
    Hyper,
    /// The same, in one file that needs no library.
    StaticHyper,
    /// The process of that name in `quality/peer`, in one file that needs no library.
    Process(&'static str),
    /// This program, in one file that needs no library.
    Chores,
    /// The Linux that is a guest of QEMU, with what was built before it.
    Linux,
    /// The Linux that is a guest of Xen, likewise.
    XenLinux,
    /// The program that measures stores, with all of them in it but RocksDB.
    Stores,
    /// The program that measures RocksDB, where its library can be had.
    RocksDb,
    /// The program that measures FAT libraries, with all of them in it.
    FatLibraries,
}

/// Images by the names that they are kept under: the project, and what `sarab build` is told besides.
const IMAGES: [(&str, &str, &[&str]); 14] = [
    ("site-socket", "example/site", &["--net", "socket"]),
    ("site-direct", "example/site", &["--net", "direct"]),
    ("site-guest", "example/site", &["-t", "spt"]),
    ("hello-unix", "example/hello-key", &[]),
    ("hello-guest", "example/hello-key", &["-t", "spt"]),
    ("hello-virtio", "example/hello-key", &["-t", "virtio"]),
    ("card-virtio", "quality/measure/card", &["-t", "virtio"]),
    ("site-virtio", "example/site", &["-t", "virtio"]),
    ("stream-virtio", "quality/measure/stream", &["-t", "virtio"]),
    ("hello-xen", "example/hello-key", &["-t", "xen"]),
    ("site-xen", "example/site", &["-t", "xen"]),
    ("stream-xen", "quality/measure/stream", &["-t", "xen"]),
    ("disk-unix", "quality/measure/disk", &[]),
    ("disk-guest", "quality/measure/disk", &["-t", "spt"]),
];

/// Builds what is needed, each once, in this order.
pub(super) fn build(root: &Path, needs: &[Need]) -> Done {
    let folder = folder(root);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    if needs.iter().any(|need| matches!(need, Need::Image(_))) {
        cargo(root, &["build", "--quiet", "--release", "--package", "sarab-cli"], &[])?;
    }
    for (index, need) in needs.iter().enumerate() {
        if !needs[..index].contains(need) {
            need.build(root)?;
        }
    }
    Ok(())
}

impl Need {
    fn build(self, root: &Path) -> Done {
        match self {
            Self::Image(name) => {
                let image = IMAGES.iter().find(|(other, ..)| *other == name);
                let (_, project, keys) = image.ok_or_else(|| format!("no image is `{name}`"))?;
                keep(root, name, project, keys)
            }
            Self::Tender(target) => {
                let package = format!("sarab-{target}");
                linked(root, &["--package", &package])
            }
            Self::Hyper => program(root, PEER),
            Self::Stores => program(root, STORES),
            Self::RocksDb => {
                build_rocksdb(root);
                Ok(())
            }
            Self::FatLibraries => program(root, FAT_LIBRARIES),
            Self::StaticHyper => linked(root, &["--manifest-path", PEER]),
            Self::Process(name) => process(root, name),
            Self::Chores => linked(root, &["--package", "xtask"]),
            Self::Linux => linux::prepare(root),
            Self::XenLinux => xen::linux::prepare(root),
        }
    }
}

/// Builds a program that is a package by itself.
fn program(root: &Path, manifest: &str) -> Done {
    let words = ["build", "--quiet", "--release", "--target-dir", TARGET];
    cargo(root, &[&words[..], &["--manifest-path", manifest]].concat(), &[])
}

/// Builds the program that measures RocksDB. Where it cannot be built, it is left out.
fn build_rocksdb(root: &Path) {
    let _ = fs::remove_file(rocksdb(root)); // an old one would be measured
    let is_there = Path::new(ROCKSDB_HEADER).exists();
    let fetched = if is_there { Ok(()) } else { fetch::packages(&ROCKSDB_PACKAGES) };
    let words =
        ["build", "--quiet", "--release", "--target-dir", TARGET, "--manifest-path", STORES];
    let built =
        fetched.and_then(|()| cargo(root, &[&words[..], &ROCKSDB_WORDS].concat(), &ROCKSDB_PLACES));
    if let Err(why) = built {
        report::step(&format!("RocksDB is left out: {why}"));
    }
}

/// Builds a program that needs no library.
fn linked(root: &Path, what: &[&str]) -> Done {
    let words = ["build", "--quiet", "--release", "--target", PLATFORM, "--target-dir", TARGET];
    let flags = [("RUSTFLAGS", "-C target-feature=+crt-static")];
    cargo(root, &[&words, what].concat(), &flags)
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

/// Compiles a process that something is compared with.
fn process(root: &Path, name: &str) -> Done {
    let source = format!("quality/peer/{name}.c");
    let status = Command::new("cc")
        .args(["-O2", "-static", "-o"])
        .arg(image(root, &format!("{name}-c")))
        .arg(root.join(&source))
        .status();
    let built = status.is_ok_and(|status| status.success());
    built.then_some(()).ok_or_else(|| format!("cannot compile {source}"))
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
