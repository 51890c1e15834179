//! Devices and their back ends, as the store has them (Xen, `io/xenbus.h`).
//!
//! A device is a folder of the guest, `device/vbd/51712`, and one of whoever serves it, which `backend` there names.
//! Each side writes its `state` and watches the other's:
//!
//! | number | state | of the guest | of the back end |
//! | --- | --- | --- | --- |
//! | 1 | initialising | it looks at the device | it looks at the device |
//! | 2 | waiting | | it has said what it can do |
//! | 3 | initialised | it has said where its rings are | |
//! | 4 | connected | it uses the device | it serves the device |
//! | 5 | closing | | it wants to end |
//! | 6 | closed | it has let go | it has let go |
//!
//! A guest that leaves a device says so first, and takes its pages back when the back end has closed: until then what
//! was asked for may still be done.
//!
//! A device whose back end has closed is offered to it again, for as long as `online` of the back end is not 0. So
//! it may go away and come back, and what was asked of a disk meanwhile waits.

mod error;
mod front;
mod step;

use alloc::{format, vec::Vec};

pub use error::ConnectError;
pub(crate) use front::{End, Front, Parting, Phase};
pub use step::State;

use crate::store::{Refusal, Store, StoreError};

/// How long a back end may take to serve a device that is opened, in nanoseconds.
pub const PATIENCE_NS: u64 = 30_000_000_000;

/// The kinds of devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Network cards, numbered from 0 on.
    Network,
    /// Disks, numbered as Linux does: `xvda` is 51712, `xvdb` 51728.
    Disk,
}

impl Kind {
    /// Returns the folder of the guest's devices of this kind.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Self::Network => "device/vif",
            Self::Disk => "device/vbd",
        }
    }
}

/// Returns the handles of all devices of a kind, in order; none if there is no such folder.
pub fn handles(store: &Store, kind: Kind) -> Result<Vec<u32>, StoreError> {
    let names = match store.directory(kind.folder()) {
        Err(StoreError::Refused { refusal: Refusal::NotFound, .. }) => return Ok(Vec::new()),
        other => other?,
    };
    let mut handles: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    handles.sort_unstable();
    Ok(handles)
}

/// Returns the guest's folder of a device.
pub(crate) fn path(kind: Kind, handle: u32) -> alloc::string::String {
    format!("{}/{handle}", kind.folder())
}
