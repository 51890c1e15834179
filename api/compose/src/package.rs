//! The folders that a device may read and write when its package is written.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::{fs, io};

/// The project that is read and the generated package that is written.
#[derive(Debug)]
pub struct Package {
    project: PathBuf,
    folder: PathBuf,
    written: BTreeSet<PathBuf>,
}

impl Package {
    /// Opens the package in `folder`, which is made when the first file is written, for `project`.
    #[must_use]
    pub fn new(project: impl Into<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self { project: project.into(), folder: folder.into(), written: BTreeSet::new() }
    }

    /// Returns the project's folder.
    #[must_use]
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// Returns the generated package's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes the file at `path`, from the package's folder, have `contents`.
    ///
    /// A file that has them already is left alone, so that nothing is built again for it. Fails
    /// with [`InvalidInput`](io::ErrorKind::InvalidInput) where `path` leaves the folder, and with
    /// [`AlreadyExists`](io::ErrorKind::AlreadyExists) where another device gave the file other
    /// contents.
    pub fn write(&mut self, path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> io::Result<()> {
        let (path, contents) = (path.as_ref(), contents.as_ref());
        if !is_inside(path) {
            let message = format!("`{}` is outside of the package", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        let file = self.folder.join(path);
        if fs::read(&file).is_ok_and(|present| present == contents) {
            self.written.insert(path.to_owned());
            return Ok(());
        }
        if !self.written.insert(path.to_owned()) {
            let message = format!("`{}` was written with other contents", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, contents)
    }

    /// Returns the files that devices made, also those that were up to date, from the package's
    /// folder and sorted.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.written.iter().map(PathBuf::as_path)
    }
}

fn is_inside(path: &Path) -> bool {
    let mut parts = path.components().peekable();
    parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
}
