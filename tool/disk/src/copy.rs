//! Copying into an image and out of it.

mod get;
mod put;

use sarab_kit::shown_size;

pub(crate) use get::get;
pub(crate) use put::put;

use crate::count::count;

/// Tells of files and their bytes.
fn counted(files: usize, bytes: u64) -> String {
    format!("{}, {},", count(files, "file"), shown_size(bytes))
}
