//! The archive of the files of a folder.

use std::{error::Error, fs};

use sarab_compose::Package;
use tar::{Builder, EntryType, Header};

use super::{
    folder::{self, unreadable},
    tar_file,
};

/// Writes the archive for the project's folder `folder`.
///
/// It follows from the names, the contents and the times of the files alone.
pub(super) fn write(package: &mut Package, folder: &str) -> Result<(), Box<dyn Error>> {
    let mut archive = Builder::new(Vec::new());
    for source in folder::files(&package.project().join(folder))? {
        let data = fs::read(&source.path).map_err(unreadable(&source.path))?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_mtime(source.modified_s.unwrap_or_default());
        header.set_size(data.len() as u64);
        archive.append_data(&mut header, &source.key, data.as_slice())?;
    }
    package.write(tar_file(folder), archive.into_inner()?)?;
    Ok(())
}
