//! Projects that a test makes in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::sarab::{root, sarab, target};

/// Returns an empty folder that goes when it is dropped.
#[must_use]
pub fn empty() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// Writes `text` to the file `name` in `folder`, and makes the folders it needs.
pub fn write(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().expect("it has a folder")).expect("a folder can be made");
    fs::write(file, text).expect("a file can be written");
}

/// Returns a `sarab` command to be run in `folder`, which lies outside the project.
///
/// All such commands build into one folder, so that what they share is built once.
#[must_use]
pub fn sarab_in(folder: &Path) -> Command {
    let mut command = sarab();
    command.current_dir(folder).env("CARGO_TARGET_DIR", shared_target());
    command
}

/// Returns the folder that projects outside of this one are built into.
#[must_use]
pub fn shared_target() -> PathBuf {
    target().join("acceptance")
}

/// Makes a message the same on every machine: folders by the names that a reader knows them by.
#[must_use]
pub fn neutral(message: &str, folder: &Path) -> String {
    let known = [
        (folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf()), "$PROJECT"),
        (folder.to_path_buf(), "$PROJECT"),
        (shared_target(), "$TARGET"),
        (root().to_path_buf(), "$SARAB"),
    ];
    known.iter().fold(message.to_string(), |message, (path, name)| {
        message.replace(&path.display().to_string(), name)
    })
}
