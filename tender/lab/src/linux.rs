//! A Linux from Debian's packages.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::archive::Archive;

/// A kernel, its modules, and a shell.
pub struct Linux {
    /// The kernel.
    pub kernel: PathBuf,
    /// Its modules that are needed, in the order in which they are loaded.
    pub modules: Vec<PathBuf>,
    /// A shell and more, in one file that needs no library.
    pub busybox: PathBuf,
}

impl Linux {
    /// Finds them in `root`, where packages were unpacked. Modules are named as in the folder of the kernel, in
    /// the order in which they need each other; what a kernel has built in is no file.
    pub fn find(root: &Path, modules: &[&str]) -> Result<Self, String> {
        Self::look(root, modules).map_err(|error| format!("{}: {error}", root.display()))
    }

    fn look(root: &Path, modules: &[&str]) -> io::Result<Self> {
        let mut versions = fs::read_dir(root.join("lib/modules"))?;
        let version = versions.next().ok_or(io::ErrorKind::NotFound)??;
        let name = version.file_name().to_string_lossy().into_owned();
        let modules = modules.iter().map(|module| version.path().join("kernel").join(module));
        Ok(Self {
            kernel: root.join(format!("boot/vmlinuz-{name}")),
            modules: modules.filter(|module| module.exists()).collect(),
            busybox: root.join("bin/busybox"),
        })
    }

    /// Puts the shell and the modules into `archive`, these as `modules/00.ko` and on, in their order.
    pub fn pack(&self, archive: &mut Archive) -> Result<(), String> {
        let mut copy = |name: &str, file: &Path| {
            archive.copy(name, file).map_err(|error| format!("{}: {error}", file.display()))
        };
        copy("bin/busybox", &self.busybox)?;
        for (index, module) in self.modules.iter().enumerate() {
            copy(&format!("modules/{index:02}.ko"), module)?;
        }
        Ok(())
    }
}
