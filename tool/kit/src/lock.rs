//! The versions of a generated package: those that the project is locked to.

use std::{fs, path::Path};

use crate::{
    files,
    project::Project,
    report::{Context, Failure},
    source::Home,
};

/// What the generated lock file was last copied from, kept beside it.
const INHERITED: &str = "inherited.lock";

/// Gives the package in `folder` the versions that the project's workspace is locked to, or, where
/// that is not locked, those of the system's own sources.
///
/// Cargo then drops what is not needed and adds what is missing. So this copies only when the lock
/// file that it copies from has changed.
pub(crate) fn inherit(folder: &Path, project: &Project, home: &Home) -> Result<(), Failure> {
    let sources = [project.lock_file.clone(), home.lock_file()];
    let Some(lock) = sources.iter().find_map(|source| fs::read(source).ok()) else {
        return Ok(());
    };
    let inherited = folder.join(INHERITED);
    if fs::read(&inherited).is_ok_and(|inherited| inherited == lock) {
        return Ok(());
    }
    let file = folder.join("Cargo.lock");
    fs::write(&file, &lock).context("write", &file)?;
    files::write(&inherited, &lock)
}
