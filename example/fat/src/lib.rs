//! Lists the files of a FAT disk and counts, in one of them, how often it has been here.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{
    device::{EntryKind, Open, key},
    prelude::*,
};

/// The file in which visits are counted, and the one that takes its place.
const VISITS: &str = "visits.txt";
const NEW_VISITS: &str = "Visits, being written.tmp";

/// Lists a disk, and writes to it.
pub async fn start(disk: impl Fs) -> Result<(), Failure> {
    list(&disk).await?;
    let visits = visits(&disk).await? + 1;
    let text = format!("{visits}\n");
    let file = disk.open(NEW_VISITS, Open::Create).await?;
    file.set_size(0).await?;
    file.write_at(0, Bytes::from(text)).await?;
    file.sync().await?;
    disk.rename(NEW_VISITS, VISITS).await?; // whoever looks, also after a crash, finds a whole file
    disk.sync().await?;
    println!("visit {visits}");
    Ok(())
}

/// Prints all files with their sizes.
async fn list(disk: &impl Fs) -> Result<(), Failure> {
    let mut waiting = vec![String::new()];
    while let Some(folder) = waiting.pop() {
        for entry in disk.list(&folder).await? {
            let path = key::prefix(&folder) + &entry.name;
            if entry.kind == EntryKind::Folder {
                waiting.push(path);
            } else if let Some(known) = disk.metadata(&path).await? {
                println!("{:>10} {path}", known.size_bytes);
            }
        }
    }
    Ok(())
}

/// Returns how many visits have been counted.
async fn visits(disk: &impl Fs) -> Result<u32, Failure> {
    if disk.metadata(VISITS).await?.is_none() {
        return Ok(0);
    }
    let file = disk.open(VISITS, Open::Read).await?;
    let text = file.read_at(0, 20).await?;
    let text = core::str::from_utf8(&text).unwrap_or_default();
    text.trim().parse().map_err(|_| Failure::new("`visits.txt` holds no number"))
}
