//! Why a guest stops running.

use crate::{
    fault::{Fault, Vector},
    memory::PAGE_BYTES,
    physical::Physical,
};
use kvm_ioctls::VcpuExit;

/// Why a guest stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It rang for this operation.
    Doorbell(u32),
    /// It did at the doorbell what no guest may: a load, or a store of another size or place.
    Misuse(Misuse),
    /// It faulted, and does not run on unless it gets other registers.
    Fault(Fault),
    /// A signal came. Nothing happened to the guest.
    Interrupted,
    /// KVM says what it should not. The guest does not run on.
    Unexpected(&'static str),
}

/// A wrong access to the page of the doorbell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misuse {
    /// Bytes from the doorbell.
    pub offset: u64,
    /// Bytes.
    pub size: usize,
    /// Load or store.
    pub access: Access,
}

/// What memory was used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A load.
    Load,
    /// A store.
    Store,
    /// An instruction.
    Execute,
}

/// An exit as the machine sees it, before anybody has looked at the processor.
pub(crate) enum Raw {
    Doorbell(u32),
    Misuse(Misuse),
    Fault(Vector),
    Unexpected(&'static str),
}

impl Raw {
    pub(crate) fn new(exit: &VcpuExit, physical: Physical) -> Self {
        match exit {
            VcpuExit::MmioWrite(at, data) => Self::store(*at, data, physical),
            VcpuExit::MmioRead(at, data) => Self::misuse(*at, data.len(), Access::Load, physical),
            VcpuExit::Shutdown => Self::Unexpected("shutdown: a fault that could not be delivered"),
            VcpuExit::InternalError => Self::Unexpected("internal error of KVM"),
            VcpuExit::FailEntry(..) => Self::Unexpected("the processor refuses the guest's state"),
            VcpuExit::Hlt => Self::Unexpected("the stub of a fault was entered again"),
            _ => Self::Unexpected("an exit that a guest without privileges cannot cause"),
        }
    }

    fn store(at: u64, data: &[u8], physical: Physical) -> Self {
        match <[u8; 4]>::try_from(data) {
            Ok(value) if at == physical.doorbell => Self::Doorbell(u32::from_le_bytes(value)),
            Ok([vector, 0, 0, 0]) if at == physical.fault => Self::Fault(Vector(vector)),
            _ => Self::misuse(at, data.len(), Access::Store, physical),
        }
    }

    fn misuse(at: u64, size: usize, access: Access, physical: Physical) -> Self {
        match at.checked_sub(physical.doorbell) {
            Some(offset) if offset < PAGE_BYTES => Self::Misuse(Misuse { offset, size, access }),
            _ => Self::Unexpected("an access to memory that no page leads to"),
        }
    }
}
