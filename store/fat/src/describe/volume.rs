//! The volume of a folder's files.

use std::{boxed::Box, collections::BTreeSet, error::Error, format, fs, time::Duration, vec::Vec};

use embassy_futures::block_on;
use sarab_archive::describe::folder::{self, Source, unreadable};
use sarab_compose::Package;
use sarab_device::{Block, Bytes, File, Fs, Open, WallTime, key};
use sarab_memory::RamDisk;

use super::module;
use crate::{Fat, Format, image::SECTOR_BYTES};

/// Bytes of an entry with a long name, about.
const NAME_BYTES: u64 = 256;
/// Bytes of a volume without files.
const EMPTY_BYTES: u64 = 64 << 10;
/// Up to here clusters of one sector are enough for FAT16, so that little is left unused.
const SMALL_BYTES: u64 = 24 << 20;

/// Writes the volume of the project's folder `folder`, and the module that holds it.
///
/// It follows from the names, the contents and the times of the files alone.
pub(super) fn write(package: &mut Package, folder: &str) -> Result<(), Box<dyn Error>> {
    let files = folder::files(&package.project().join(folder))?;
    let file = format!("{}.fat", folder::name(folder));
    package.write(&file, volume(&files)?)?;
    let text = format!(
        "//! The files of `{folder}`, written by `sarab configure`. Edits are lost.\n\n\
        /// A FAT volume.\n\
        pub static IMAGE: &[u8] = include_bytes!(\"../{file}\");\n"
    );
    package.write(format!("src/{}.rs", module(folder)), text)?;
    Ok(())
}

/// Makes a volume with room for `files` and little more.
fn volume(files: &[Source]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut data = Vec::new();
    for source in files {
        let bytes = fs::read(&source.path).map_err(unreadable(&source.path))?;
        data.push((source, Bytes::from(bytes)));
    }
    let sizes = data.iter().map(|(_, bytes)| bytes.len() as u64);
    let sectors: u64 = sizes.map(|size| size.next_multiple_of(4096) + NAME_BYTES).sum();
    let size = EMPTY_BYTES + sectors + sectors / 64 + folders(files).len() as u64 * 8192;
    let size = size.next_multiple_of(16 << 10);
    block_on(filled(size, &data))
}

async fn filled(size: u64, files: &[(&Source, Bytes)]) -> Result<Vec<u8>, Box<dyn Error>> {
    let disk = std::rc::Rc::new(RamDisk::new(SECTOR_BYTES, size / u64::from(SECTOR_BYTES))?);
    let cluster_bytes = (size <= SMALL_BYTES).then_some(SECTOR_BYTES);
    let options = Format { cluster_bytes, table_count: Some(1), ..Format::default() };
    Fat::format(&disk, &options).await?;
    let fat = Fat::mount_with(disk.clone(), || None).await?;
    let sources: Vec<&Source> = files.iter().map(|(source, _)| *source).collect();
    for folder in folders(sources) {
        fat.create_folder(folder).await?;
    }
    for (source, bytes) in files {
        let file = fat.open(&source.key, Open::New).await?;
        file.write_at(0, bytes.clone()).await?;
        drop(file);
        let modified = source.modified_s.map(Duration::from_secs).map(WallTime::new);
        fat.set_modified(&source.key, modified).await?;
    }
    fat.sync().await?;
    let sectors = u32::try_from(disk.geometry().sector_count)?;
    Ok(disk.read(0, sectors).await?.to_vec())
}

/// Returns the folders that files lie in, outer ones first.
fn folders<'a>(files: impl IntoIterator<Item = &'a Source>) -> BTreeSet<&'a str> {
    files.into_iter().flat_map(|source| key::folders(&source.key)).collect()
}
