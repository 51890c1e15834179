//! Projects that a test makes in a folder of its own.

use std::{fs, path::Path};

use tempfile::TempDir;

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
