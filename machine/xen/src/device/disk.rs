//! A disk that another domain serves.

use alloc::rc::Rc;

use sarab_bare::{Resource, events};
use sarab_xen::block;

use super::{
    devices::{OpenError, handle, on_resume},
    host::store,
};

/// A disk that another domain serves.
pub type Disk = block::Disk;

/// Opens the disk `name` of the image's manifest; waits until it is served.
pub async fn open_disk(name: &'static str) -> Result<Disk, OpenError> {
    let resource = Resource::Disk(name);
    let handle = handle(resource)?;
    let opened = block::open(store(), handle, name);
    let (disk, requests) = opened.map_err(|error| OpenError::Unserved { resource, error })?;
    events::add(Rc::clone(&requests) as _);
    on_resume(move || requests.queue().resume());
    Ok(disk)
}
