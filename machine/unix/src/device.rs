//! The implementation: the machine and its devices.

mod attach;
mod console;
mod disk;
mod durable;
mod entry;
mod errno;
mod file;
mod folder;
mod machine;
mod net;
pub mod reactor;
mod signal;
mod socket;

#[cfg(test)]
mod testing;

pub use attach::Resource;
pub use disk::{Disk, DiskError, OpenDiskError};
pub use entry::boot;
pub use folder::{Directory, FolderError, FolderFile, OpenFolderError};
pub use machine::Process;
pub use net::{NetError, OpenNetError, TapNet};
pub use socket::{
    Request, SocketError, SocketFlow, SocketListener, SocketStack, SocketTcp, SocketUdp,
    SocketUdpPort,
};
