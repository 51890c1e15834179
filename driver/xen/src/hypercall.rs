//! What the drivers ask of the hypervisor.

mod arguments;
mod error;
mod xen;

pub use error::HypercallError;
pub use xen::Xen;

/// The number of a domain; its backends' is most often 0.
pub type DomainId = u16;

/// The most event channels that [`Hypervisor::poll`] takes.
pub const POLL_MOST: usize = 128;

/// Where a page comes from that takes the place of one of the guest's own (Xen, `memory.h`, `XENMAPSPACE_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Space {
    /// The page that hypervisor and guest share.
    SharedInfo = 0,
    /// The table of grants.
    GrantTable = 1,
}

/// A parameter of the guest (Xen, `hvm/params.h`, `HVM_PARAM_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Parameter {
    /// How the guest is interrupted.
    CallbackIrq = 0,
    /// The frame of the ring of the store.
    StoreFrame = 1,
    /// The event channel of the store.
    StoreChannel = 2,
    /// The frame of the ring of the console.
    ConsoleFrame = 17,
    /// The event channel of the console.
    ConsoleChannel = 18,
}

/// Why a guest ends, or stops for a while (Xen, `sched.h`, `SHUTDOWN_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Reason {
    /// It is done.
    PowerOff = 0,
    /// It wants to be started anew.
    Reboot = 1,
    /// It is to be saved, or to move to another host.
    Suspend = 2,
    /// It has failed.
    Crash = 3,
}

/// How a suspension has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// In a new domain: all that the hypervisor and other domains knew of the guest is gone.
    Anew,
    /// As if nothing had been.
    Unchanged,
}

/// The table of grants, as the hypervisor has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantFrames {
    /// How many frames there are.
    pub count: u32,
    /// How many there may be.
    pub count_max: u32,
}

/// What the drivers ask of the hypervisor. [`Xen`] is the real one.
///
/// None of the calls waits, but for [`poll`](Hypervisor::poll), [`yield_now`](Hypervisor::yield_now) and
/// [`suspend`](Hypervisor::suspend).
pub trait Hypervisor {
    /// Returns its version, as `major << 16 | minor`.
    fn version(&self) -> u32;

    /// Returns the processor's counter.
    fn ticks(&self) -> u64;

    /// Returns the frame of the guest's memory at `address`: memory is mapped one to one.
    fn frame(&self, address: usize) -> u64 {
        address as u64 >> 12
    }

    /// Puts page `index` of `space` in the place of the guest's frame `frame` (`XENMEM_add_to_physmap`).
    ///
    /// What was in that frame is lost.
    fn map_page(&self, space: Space, index: u64, frame: u64) -> Result<(), HypercallError>;

    /// Returns a parameter of the guest (`HVMOP_get_param`).
    fn parameter(&self, parameter: Parameter) -> Result<u64, HypercallError>;

    /// Changes a parameter of the guest (`HVMOP_set_param`).
    fn set_parameter(&self, parameter: Parameter, value: u64) -> Result<(), HypercallError>;

    /// Returns the size of the table of grants (`GNTTABOP_query_size`).
    fn grant_frames(&self) -> Result<GrantFrames, HypercallError>;

    /// Makes a channel that the domain `peer` may bind to (`EVTCHNOP_alloc_unbound`).
    fn alloc_unbound(&self, peer: DomainId) -> Result<u32, HypercallError>;

    /// Makes a channel to one that the domain `peer` has made (`EVTCHNOP_bind_interdomain`).
    fn bind_interdomain(&self, peer: DomainId, channel: u32) -> Result<u32, HypercallError>;

    /// Makes a channel for the guest's timer (`EVTCHNOP_bind_virq`, `VIRQ_TIMER`).
    fn bind_timer(&self) -> Result<u32, HypercallError>;

    /// Closes a channel (`EVTCHNOP_close`).
    fn close(&self, channel: u32) -> Result<(), HypercallError>;

    /// Tells the other side of a channel (`EVTCHNOP_send`).
    fn send(&self, channel: u32) -> Result<(), HypercallError>;

    /// Lets a channel interrupt (`EVTCHNOP_unmask`).
    fn unmask(&self, channel: u32) -> Result<(), HypercallError>;

    /// Lets others run for a while (`SCHEDOP_yield`).
    fn yield_now(&self);

    /// Waits until one of at most [`POLL_MOST`] channels is pending, or its clock has come to `deadline_ns`
    /// (`SCHEDOP_poll`).
    fn poll(&self, channels: &[u32], deadline_ns: Option<u64>) -> Result<(), HypercallError>;

    /// Stops the guest until it is woken (`SCHEDOP_shutdown`, `SHUTDOWN_suspend`).
    fn suspend(&self) -> Result<Woken, HypercallError>;

    /// Ends the guest (`SCHEDOP_shutdown`). If this returns, the hypervisor has not done it.
    fn shutdown(&self, reason: Reason);

    /// Asks for the timer at `deadline_ns` of its clock, once (`VCPUOP_set_singleshot_timer`).
    fn set_timer(&self, deadline_ns: u64) -> Result<(), HypercallError>;

    /// Asks for no timer any more (`VCPUOP_stop_singleshot_timer`).
    fn stop_timer(&self) -> Result<(), HypercallError>;

    /// Writes to the hypervisor's own log (`CONSOLEIO_write`); what it does not take is lost.
    fn write_log(&self, text: &[u8]);
}
