//! A disk of the monitor.

use sarab_bare::events;

use super::devices::{self, OpenError};

/// A disk of the monitor.
pub type Disk = sarab_virtio::block::Disk;

/// Opens the disk `name` of the image's manifest.
pub async fn open_disk(name: &'static str) -> Result<Disk, OpenError> {
    let (disk, requests) = devices::disk(name)?.into_disk(name);
    events::add(requests);
    Ok(disk)
}
