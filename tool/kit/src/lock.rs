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

/// Writes the `manifest` of the package in `folder`, and gives it the versions that the project's
/// workspace is locked to, or, where that is not locked, those of the system's own sources.
///
/// Cargo then drops from its copy what the manifest does not need. So the versions are copied
/// whenever either has changed: another manifest finds all of them again, and nothing has to be
/// looked up in a registry.
pub(crate) fn inherit(
    folder: &Path,
    manifest: &str,
    project: &Project,
    home: &Home,
) -> Result<(), Failure> {
    let file = folder.join("Cargo.toml");
    let is_same = fs::read(&file).is_ok_and(|present| present == manifest.as_bytes());
    files::write(&file, manifest.as_bytes())?;
    let sources = [project.lock_file.clone(), home.lock_file()];
    let Some(lock) = sources.iter().find_map(|source| fs::read(source).ok()) else {
        return Ok(());
    };
    let inherited = folder.join(INHERITED);
    if is_same && fs::read(&inherited).is_ok_and(|inherited| inherited == lock) {
        return Ok(());
    }
    let file = folder.join("Cargo.lock");
    fs::write(&file, &lock).context("write", &file)?;
    files::write(&inherited, &lock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{self, TOOL};

    const MANIFEST: &str = "[package]";

    #[test]
    fn versions_are_copied_once_and_again_when_they_change() {
        let (_folder, project) = examples::project(&[("src/lib.rs", ""), ("Cargo.lock", "one")]);
        let home = TOOL.sources.find().unwrap();
        let made = tempfile::tempdir().unwrap();
        let lock = made.path().join("Cargo.lock");
        inherit(made.path(), MANIFEST, &project, &home).unwrap();
        assert_eq!(fs::read_to_string(&lock).unwrap(), "one");

        fs::write(&lock, "what cargo made of it").unwrap();
        inherit(made.path(), MANIFEST, &project, &home).unwrap();
        assert_eq!(fs::read_to_string(&lock).unwrap(), "what cargo made of it");

        inherit(made.path(), "[package] # another", &project, &home).unwrap();
        assert_eq!(fs::read_to_string(&lock).unwrap(), "one");

        fs::write(&project.lock_file, "two").unwrap();
        inherit(made.path(), MANIFEST, &project, &home).unwrap();
        assert_eq!(fs::read_to_string(&lock).unwrap(), "two");
    }

    #[test]
    fn a_project_without_versions_gets_those_of_the_sources() {
        let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
        let home = TOOL.sources.find().unwrap();
        let made = tempfile::tempdir().unwrap();
        inherit(made.path(), MANIFEST, &project, &home).unwrap();
        let lock = fs::read(made.path().join("Cargo.lock")).unwrap();
        assert_eq!(lock, fs::read(home.lock_file()).unwrap());
    }
}
