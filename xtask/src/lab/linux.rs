//! A Linux with KVM, and a shell, from Debian's packages.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::machine::bounded;

/// What a machine is made of.
pub(super) struct Linux {
    /// The kernel.
    pub(super) kernel: PathBuf,
    /// Its modules that are needed, in the order in which they are loaded.
    pub(super) modules: Vec<PathBuf>,
    /// A shell and more, in one file that needs no library.
    pub(super) busybox: PathBuf,
}

/// The package that depends on the kernel of the day.
const KERNEL: &str = "linux-image-cloud-amd64";
const BUSYBOX: &str = "busybox-static";

/// In the order in which they need each other. What a kernel has built in is no file.
const MODULES: [&str; 5] = [
    "virt/lib/irqbypass.ko",
    "arch/x86/kvm/kvm.ko",
    "drivers/crypto/ccp/ccp.ko",
    "arch/x86/kvm/kvm-amd.ko",
    "drivers/net/tun.ko",
];

/// How long one command of the package manager may take.
const LIMIT: Duration = Duration::from_mins(2);

impl Linux {
    /// Downloads and unpacks the packages into `folder`, if they are not there yet.
    pub(super) fn fetch(folder: &Path) -> Result<Self, String> {
        let (root, mark) = (folder.join("root"), folder.join("unpacked"));
        if !mark.exists() {
            download(folder, &root)?;
            fs::write(mark, "").map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        Self::find(&root).map_err(|error| format!("{}: {error}", root.display()))
    }

    fn find(root: &Path) -> io::Result<Self> {
        let mut versions = fs::read_dir(root.join("lib/modules"))?;
        let version = versions.next().ok_or(io::ErrorKind::NotFound)??;
        let name = version.file_name().to_string_lossy().into_owned();
        let modules = MODULES.map(|module| version.path().join("kernel").join(module));
        Ok(Self {
            kernel: root.join(format!("boot/vmlinuz-{name}")),
            modules: modules.into_iter().filter(|module| module.exists()).collect(),
            busybox: root.join("bin/busybox"),
        })
    }
}

/// Starts from nothing, so that no two versions are mixed.
fn download(folder: &Path, root: &Path) -> Result<(), String> {
    let cannot = |error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(cannot)?;
    }
    fs::create_dir_all(folder).map_err(cannot)?;
    let kernel = kernel_package()?;
    let packages = [kernel.as_str(), BUSYBOX];
    run("apt-get download", apt("apt-get").arg("download").args(packages).current_dir(folder))?;
    for file in fs::read_dir(folder).map_err(cannot)?.flatten() {
        run("dpkg", bounded(LIMIT, "dpkg").arg("-x").arg(file.path()).arg(root))?;
    }
    Ok(())
}

/// Returns the name of the package with the kernel itself, if need be after a look at what there is.
fn kernel_package() -> Result<String, String> {
    let depends = || run("apt-cache", apt("apt-cache").args(["depends", "--important", KERNEL]));
    let said = match depends() {
        Ok(said) => said,
        Err(_) => run("apt-get update", apt("apt-get").arg("update")).and_then(|_| depends())?,
    };
    let mut words = said.split_whitespace();
    let package = words.find(|word| word.starts_with("linux-image-") && *word != KERNEL);
    package.map(Into::into).ok_or_else(|| format!("no kernel in {said}"))
}

/// Returns a program of the package manager, which is not to wait long for a mirror.
fn apt(program: &str) -> Command {
    let mut command = bounded(LIMIT, program);
    command.args(["-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1"]);
    command
}

fn run(what: &str, command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cannot start {what}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(format!("{what} ended with {}: {}", output.status, error.trim()))
}
