//! Packages of Debian, downloaded and unpacked into a folder: nothing is installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::process::{bounded, find, run};

/// A package, by what it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Package {
    /// By its name.
    Named(&'static str),
    /// By the package that depends on it, and how its name starts. What lies behind that is its *version*.
    Needed {
        /// The package that depends on it.
        by: &'static str,
        /// How its name starts.
        prefix: &'static str,
    },
    /// By how its name starts, before the version of the package that is `Needed` and named first.
    Versioned(&'static str),
}

/// How long one command of the package manager may take.
const LIMIT: Duration = Duration::from_mins(3);

/// Downloads and unpacks `packages` into `folder`, which is nobody else's, unless they are there. Returns the
/// folder with what is in them.
///
/// `begin` is called before something is downloaded.
pub fn fetch(folder: &Path, packages: &[Package], begin: impl FnOnce()) -> Result<PathBuf, String> {
    let (root, mark) = (folder.join("root"), folder.join("unpacked"));
    let wanted = format!("{packages:?}");
    if fs::read_to_string(&mark).is_ok_and(|there| there == wanted) {
        return Ok(root);
    }
    begin();
    download(folder, packages, &root)?;
    fs::write(mark, wanted).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(root)
}

/// Starts from nothing, so that no two versions are mixed.
fn download(folder: &Path, packages: &[Package], root: &Path) -> Result<(), String> {
    let cannot = |error| format!("{}: {error}", folder.display());
    if find("apt-get").is_none() || find("dpkg").is_none() {
        let text =
            "packages of Debian are needed, which `apt-get` and `dpkg` fetch; there are none here";
        return Err(text.into());
    }
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(cannot)?;
    }
    let files = folder.join("packages");
    fs::create_dir_all(&files).map_err(cannot)?;
    let (apt, names) = Apt::knowing(packages, folder)?;
    let mut command = apt.command("apt-get");
    run("apt-get download", command.arg("download").args(names).current_dir(&files))?;
    for file in fs::read_dir(&files).map_err(cannot)?.flatten() {
        run("dpkg", bounded(LIMIT, "dpkg").arg("-x").arg(file.path()).arg(root))?;
    }
    apt.forget()?;
    fs::remove_dir_all(files).map_err(cannot)
}

/// The package manager.
struct Apt {
    /// Where it keeps its lists of packages, if the host has none.
    lists: Option<PathBuf>,
}

impl Apt {
    /// Returns one that knows each of `packages`, and their names. Where the host has no lists of packages, they
    /// are fetched into `folder`, which needs no rights.
    fn knowing(packages: &[Package], folder: &Path) -> Result<(Self, Vec<String>), String> {
        let hosts = Self { lists: None };
        if let Ok(names) = hosts.names(packages) {
            return Ok((hosts, names));
        }
        let lists = folder.join("apt");
        fs::create_dir_all(lists.join("lists/partial"))
            .map_err(|error| format!("{}: {error}", lists.display()))?;
        let own = Self { lists: Some(lists) };
        run("apt-get update", own.command("apt-get").arg("update"))?;
        let names = own.names(packages)?;
        Ok((own, names))
    }

    /// Removes the lists of packages that were fetched.
    fn forget(self) -> Result<(), String> {
        let Some(folder) = self.lists else { return Ok(()) };
        fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))
    }

    /// Returns the names of `packages`, each of which can be had.
    fn names(&self, packages: &[Package]) -> Result<Vec<String>, String> {
        let mut version = None;
        let mut names = Vec::new();
        for package in packages {
            names.push(match package {
                Package::Named(name) => (*name).to_owned(),
                Package::Needed { by, prefix } => {
                    let name = self.dependency(by, prefix)?;
                    version.get_or_insert_with(|| versioned(&name, prefix));
                    name
                }
                Package::Versioned(prefix) => {
                    format!("{prefix}{}", version.as_deref().unwrap_or_default())
                }
            });
        }
        run("apt-cache", self.command("apt-cache").arg("show").args(&names))?;
        Ok(names)
    }

    fn dependency(&self, of: &str, prefix: &str) -> Result<String, String> {
        let mut command = self.command("apt-cache");
        let said = run("apt-cache", command.args(["depends", "--important", of]))?;
        let mut words = said.split_whitespace();
        let package = words.find(|word| word.starts_with(prefix) && *word != of);
        package.map(Into::into).ok_or_else(|| format!("{of} depends on no {prefix}*: {said}"))
    }

    /// Returns a program of the package manager, which is not to wait long for a mirror.
    fn command(&self, program: &str) -> Command {
        let mut command = bounded(LIMIT, program);
        command.args(["-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1"]);
        if let Some(folder) = &self.lists {
            let folder = folder.display();
            command.args(["-o", &format!("Dir::State::Lists={folder}/lists")]);
            command.args(["-o", &format!("Dir::Cache={folder}"), "-o", "APT::Sandbox::User=root"]);
        }
        command
    }
}

/// Returns the version in a name like `xen-hypervisor-4.17-amd64`.
fn versioned(name: &str, prefix: &str) -> String {
    let rest = name.strip_prefix(prefix).unwrap_or_default();
    rest.split('-').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_stands_behind_the_start_of_the_name() {
        assert_eq!(versioned("xen-hypervisor-4.17-amd64", "xen-hypervisor-"), "4.17");
        assert_eq!(versioned("linux-image-6.1.0-56-amd64", "linux-image-"), "6.1.0");
        assert_eq!(versioned("other", "linux-image-"), "");
    }

    #[test]
    fn what_is_unpacked_is_fetched_again_only_for_other_packages() {
        let folder = tempfile::tempdir().unwrap();
        let packages = [Package::Named("busybox-static")];
        fs::write(folder.path().join("unpacked"), format!("{packages:?}")).unwrap();
        let root = fetch(folder.path(), &packages, || panic!("nothing is to be downloaded"));
        assert_eq!(root, Ok(folder.path().join("root")));
    }
}
