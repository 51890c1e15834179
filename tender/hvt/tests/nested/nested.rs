//! A Linux with KVM in a QEMU that needs none.
//!
//! QEMU emulates AMD's virtualisation in software, so that `kvm-amd` works on any host. The kernel,
//! its modules and a shell come from Debian's packages.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// What a machine is made of.
pub(crate) struct Files {
    /// The kernel.
    pub(crate) kernel: PathBuf,
    /// The modules that make `/dev/kvm`, in the order in which they are loaded.
    modules: Vec<PathBuf>,
    /// A shell and more, in one file that needs no library.
    busybox: PathBuf,
}

/// The package that depends on the kernel of the day.
const KERNEL: &str = "linux-image-cloud-amd64";
const BUSYBOX: &str = "busybox-static";

/// In the order in which they need each other.
const MODULES: [&str; 4] = [
    "virt/lib/irqbypass.ko",
    "arch/x86/kvm/kvm.ko",
    "drivers/crypto/ccp/ccp.ko",
    "arch/x86/kvm/kvm-amd.ko",
];

/// Downloads and unpacks what is not in `cache` yet.
pub(crate) fn fetch(cache: &Path) -> io::Result<Files> {
    fs::create_dir_all(cache)?;
    let root = cache.join("root");
    if !cache.join("unpacked").exists() {
        for package in [&kernel_package()?, BUSYBOX] {
            unpack(cache, package, &root)?;
        }
        fs::write(cache.join("unpacked"), "")?;
    }
    let version = only_entry(&root.join("lib/modules"))?;
    let name = version.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let modules = MODULES.map(|module| version.join("kernel").join(module));
    Ok(Files {
        kernel: root.join(format!("boot/vmlinuz-{name}")),
        modules: modules.into_iter().filter(|module| module.exists()).collect(),
        busybox: root.join("bin/busybox"),
    })
}

/// The name of the package with the kernel itself.
fn kernel_package() -> io::Result<String> {
    let output = run(Command::new("apt-cache").args(["depends", "--important", KERNEL]))?;
    let mut words = output.split_whitespace();
    let package = words.find(|word| word.starts_with("linux-image-") && *word != KERNEL);
    package.map(Into::into).ok_or_else(|| io::Error::other(format!("no kernel in {output}")))
}

fn unpack(cache: &Path, package: &str, root: &Path) -> io::Result<()> {
    run(Command::new("apt-get").args(["download", package]).current_dir(cache))?;
    for file in fs::read_dir(cache)?.collect::<io::Result<Vec<_>>>()? {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.starts_with(&format!("{package}_")) {
            run(Command::new("dpkg").arg("-x").arg(file.path()).arg(root))?;
        }
    }
    Ok(())
}

fn only_entry(folder: &Path) -> io::Result<PathBuf> {
    let mut entries = fs::read_dir(folder)?;
    entries.next().ok_or(io::ErrorKind::NotFound)?.map(|entry| entry.path())
}

fn run(command: &mut Command) -> io::Result<String> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {error}")))
}

/// Makes the memory disk of a machine that loads KVM, runs `script` and turns itself off.
///
/// Each of `programs` is in the root folder, under its name.
pub(crate) fn initramfs(
    files: &Files,
    programs: &[(&str, &Path)],
    script: &str,
) -> io::Result<Vec<u8>> {
    let mut archive = Archive::default();
    for folder in ["bin", "dev", "proc", "sys", "tmp"] {
        archive.folder(folder);
    }
    archive.program("bin/busybox", &fs::read(&files.busybox)?);
    let mut load = String::new();
    for (index, module) in files.modules.iter().enumerate() {
        let name = format!("{index}.ko");
        archive.program(&name, &fs::read(module)?);
        load.extend(["insmod /", &name, "\n"]);
    }
    for (name, path) in programs {
        archive.program(name, &fs::read(path)?);
    }
    archive.program("init", init(&load, script).as_bytes());
    Ok(archive.finish())
}

fn init(load: &str, script: &str) -> String {
    format!(
        "#!/bin/busybox sh\n\
         /bin/busybox --install -s /bin\n\
         export PATH=/bin\n\
         mount -t devtmpfs none /dev\n\
         mount -t proc none /proc\n\
         mount -t sysfs none /sys\n\
         ip link set lo up\n\
         {load}{script}\
         poweroff -f\n"
    )
}

/// An archive as the kernel unpacks it: `newc` of cpio(5).
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    fn folder(&mut self, name: &str) {
        self.entry(name, 0o04_0755, &[]);
    }

    fn program(&mut self, name: &str, content: &[u8]) {
        self.entry(name, 0o10_0755, content);
    }

    fn finish(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let (inode, links, size) = (self.entries, 1, content.len());
        let name_size = name.len() + 1;
        let header = format!(
            "070701{inode:08x}{mode:08x}{0:08x}{0:08x}{links:08x}{0:08x}{size:08x}\
             {0:08x}{0:08x}{0:08x}{0:08x}{name_size:08x}{0:08x}",
            0
        );
        self.bytes.extend_from_slice(header.as_bytes());
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.align();
        self.bytes.extend_from_slice(content);
        self.align();
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }
}

/// A machine to boot.
pub(crate) struct Machine<'a> {
    /// The kernel.
    pub(crate) kernel: &'a Path,
    /// The memory disk.
    pub(crate) initramfs: &'a [u8],
    /// Its memory.
    pub(crate) megabytes: u32,
}

/// Boots a machine and waits until it has turned itself off. Returns what it printed.
///
/// After `limit` it is ended, and what it printed is in the error.
pub(crate) fn boot(machine: &Machine, limit: Duration) -> io::Result<String> {
    let folder = tempfile::tempdir()?;
    let (disk, console) = (folder.path().join("initramfs"), folder.path().join("console"));
    fs::write(&disk, machine.initramfs)?;
    let mut child = Command::new("qemu-system-x86_64")
        .args(["-accel", "tcg", "-cpu", "max", "-nodefaults", "-display", "none", "-no-reboot"])
        .args(["-m", &machine.megabytes.to_string()])
        .args(["-append", "console=ttyS0 quiet panic=-1"])
        .arg("-kernel")
        .arg(machine.kernel)
        .arg("-initrd")
        .arg(&disk)
        .arg("-serial")
        .arg(format!("file:{}", console.display()))
        .stdin(Stdio::null())
        .spawn()?;
    let is_off = wait(&mut child, limit)?;
    let output = String::from_utf8_lossy(&fs::read(&console)?).into_owned();
    if is_off { Ok(output) } else { Err(io::Error::other(format!("not off in time: {output}"))) }
}

/// Waits until the child has ended, or ends it after `limit`.
fn wait(child: &mut Child, limit: Duration) -> io::Result<bool> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        thread::sleep(Duration::from_millis(100));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}
