//! Copying into an image and out of it.

mod get;
mod put;

use sarab_kit::shown_size;

pub(crate) use get::get;
pub(crate) use put::put;

/// Tells of files and their bytes.
fn counted(files: usize, bytes: u64) -> String {
    let noun = if files == 1 { "file" } else { "files" };
    format!("{files} {noun}, {},", shown_size(bytes))
}
