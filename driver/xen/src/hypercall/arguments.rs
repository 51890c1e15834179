//! The arguments of hypercalls, as they lie in memory.
//!
//! `XENMEM_add_to_physmap` (`memory.h`):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | the domain |
//! | 2 | 2 | 0 |
//! | 4 | 4 | the space |
//! | 8 | 8 | the index in it |
//! | 16 | 8 | the frame |
//!
//! `HVMOP_set_param`, `HVMOP_get_param` (`hvm/hvm_op.h`):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | the domain |
//! | 4 | 4 | the parameter |
//! | 8 | 8 | its value |
//!
//! `GNTTABOP_query_size` (`grant_table.h`):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 2 | the domain |
//! | 4 | 4 | frames that there are |
//! | 8 | 4 | frames that there may be |
//! | 12 | 2 | the status, 0 is good |
//!
//! `EVTCHNOP_alloc_unbound` (`event_channel.h`) is domain (2), peer (2), channel (4);
//! `EVTCHNOP_bind_interdomain` is peer (2), nothing (2), its channel (4), the new channel (4);
//! `EVTCHNOP_bind_virq` is interrupt (4), processor (4), channel (4).
//!
//! `SCHEDOP_poll` (`sched.h`):
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 8 | the address of the channels, 4 bytes each |
//! | 8 | 4 | their count |
//! | 16 | 8 | the deadline in nanoseconds, or 0 for none |
//!
//! `VCPUOP_set_singleshot_timer` (`vcpu.h`) is the deadline (8) and flags (4).

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// `struct xen_add_to_physmap`.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct AddToPhysmap {
    pub(super) domain: u16,
    pub(super) size: u16,
    pub(super) space: u32,
    pub(super) index: u64,
    pub(super) frame: u64,
}

/// `struct xen_hvm_param`.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct HvmParam {
    pub(super) domain: u16,
    pub(super) pad: u16,
    pub(super) index: u32,
    pub(super) value: u64,
}

/// `struct gnttab_query_size`.
#[derive(Default, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct QuerySize {
    pub(super) domain: u16,
    pub(super) pad: u16,
    pub(super) count: u32,
    pub(super) count_max: u32,
    pub(super) status: i16,
    pub(super) pad_end: u16,
}

/// `struct evtchn_alloc_unbound`.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct AllocUnbound {
    pub(super) domain: u16,
    pub(super) peer: u16,
    pub(super) channel: u32,
}

/// `struct evtchn_bind_interdomain`.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct BindInterdomain {
    pub(super) peer: u16,
    pub(super) pad: u16,
    pub(super) peer_channel: u32,
    pub(super) channel: u32,
}

/// `struct evtchn_bind_virq`.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct BindVirq {
    pub(super) interrupt: u32,
    pub(super) processor: u32,
    pub(super) channel: u32,
}

/// `struct sched_poll`.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct SchedPoll {
    pub(super) channels: u64,
    pub(super) count: u32,
    pub(super) pad: u32,
    pub(super) deadline_ns: u64,
}

/// `struct vcpu_set_singleshot_timer`.
#[derive(FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct SingleshotTimer {
    pub(super) deadline_ns: u64,
    pub(super) flags: u32,
    pub(super) pad: u32,
}

const _: () = assert!(size_of::<AddToPhysmap>() == 24);
const _: () = assert!(size_of::<HvmParam>() == 16);
const _: () = assert!(size_of::<QuerySize>() == 16);
const _: () = assert!(size_of::<AllocUnbound>() == 8);
const _: () = assert!(size_of::<BindInterdomain>() == 12);
const _: () = assert!(size_of::<BindVirq>() == 12);
const _: () = assert!(size_of::<SchedPoll>() == 24);
const _: () = assert!(size_of::<SingleshotTimer>() == 16);
