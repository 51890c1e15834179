//! Machines that QEMU emulates, made of Debian's packages.
//!
//! Nothing is installed and nobody need be root: [packages] are unpacked into a folder, and what a
//! machine needs of them goes into the [archive] that its kernel unpacks. [`xen`] is a whole Xen so, whose
//! dom0 does what it is told through a [wire](frame) to an [agent] there.

pub mod agent;
pub mod archive;
pub mod frame;
pub mod linux;
pub mod packages;
pub mod process;
pub mod progress;
pub mod xen;
