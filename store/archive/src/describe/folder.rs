//! The files of a folder of the host.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use super::FolderError;

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its key: the names on the way to it, joined by `/`.
    pub key: String,
    /// Where it is.
    pub path: PathBuf,
    /// When it was changed, in seconds since 1970; `None` before.
    pub modified_s: Option<u64>,
}

/// Returns all files of `folder` and of the folders in it, sorted by key. Links are followed.
pub fn files(folder: &Path) -> Result<Vec<Source>, FolderError> {
    if !folder.is_dir() {
        return Err(FolderError::Missing { folder: folder.to_owned() });
    }
    let mut sources = Vec::new();
    let mut waiting = vec![(String::new(), folder.to_owned())];
    while let Some((prefix, folder)) = waiting.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let path = entry.map_err(unreadable(&folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.ok_or_else(|| FolderError::Name { path: path.clone() })?;
            let key = format!("{prefix}{name}");
            let known = fs::metadata(&path).map_err(unreadable(&path))?;
            if known.is_dir() {
                waiting.push((key + "/", path));
            } else if known.is_file() {
                sources.push(Source { key, modified_s: modified_s(&known), path });
            } else {
                return Err(FolderError::Special { path });
            }
        }
    }
    sources.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(sources)
}

/// Says why a file of the host cannot be read.
pub fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    move |error| FolderError::Unreadable { path: path.to_owned(), error }
}

/// Returns the last name of `folder` as far as it can be a part of a Rust identifier.
#[must_use]
pub fn name(folder: &str) -> String {
    let last = folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
}

fn modified_s(known: &fs::Metadata) -> Option<u64> {
    let modified = known.modified().ok()?;
    modified.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}
