//! The hypervisor and what it gives every guest: a console and a store.

use alloc::{rc::Rc, string::ToString};
use core::{cell::OnceCell, fmt};

use sarab_bare::OneCore;
use sarab_pvh::page::{MapError, map_shared};
use sarab_xen::{
    Console, Domain, Store,
    console::CONSOLE_BYTES,
    hypercall::{HypercallError, Parameter, Xen},
    memory::Window,
    shutdown::Control,
    store::{STORE_BYTES, StoreError},
};

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static HOST: OneCore<OnceCell<Host>> = unsafe { OneCore::new(OnceCell::new()) };

/// The hypervisor and what it gives every guest.
pub(crate) struct Host {
    pub(crate) domain: Rc<Domain>,
    pub(crate) console: Console,
    pub(crate) store: Rc<Store>,
    pub(crate) control: Control,
}

/// Why the host cannot be used.
#[derive(Debug)]
pub(crate) enum HostError {
    /// It is not Xen.
    Other,
    /// It refuses something that every guest needs.
    Refused(HypercallError),
    /// A page that it shares cannot be used.
    Page(Parameter, MapError),
    /// Its store does not answer.
    Store(StoreError),
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other => f.write_str(
                "this is no guest of Xen; build the program for another target, such as `-t virtio`",
            ),
            Self::Refused(error) => error.fmt(f),
            Self::Page(parameter, error) => {
                write!(f, "the page that the toolstack has set up for {parameter:?}: {error}")
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl From<HypercallError> for HostError {
    fn from(error: HypercallError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for HostError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Returns the host, once it was found.
pub(crate) fn host() -> Option<&'static Host> {
    HOST.get().get()
}

/// Returns the store, which is there before any program runs.
pub(crate) fn store() -> &'static Rc<Store> {
    match host() {
        Some(host) => &host.store,
        None => unreachable!("an image starts with the host"),
    }
}

/// Finds the host.
pub(crate) fn find() -> Result<&'static Host, HostError> {
    let host = Host::find()?;
    Ok(HOST.get().get_or_init(|| host))
}

impl Host {
    fn find() -> Result<Self, HostError> {
        // SAFETY: this is kernel mode, and memory is mapped one to one.
        let xen = unsafe { Xen::find() }.ok_or(HostError::Other)?;
        let domain = Domain::start(Rc::new(xen))?;
        let (window, channel) = (Parameter::ConsoleFrame, Parameter::ConsoleChannel);
        let console = shared(&domain, window, CONSOLE_BYTES)?;
        let channel = channel_of(&domain, channel)?;
        let console = Console::new(Rc::clone(&domain), console, channel);
        let (window, channel) = (Parameter::StoreFrame, Parameter::StoreChannel);
        let store = shared(&domain, window, STORE_BYTES)?;
        let channel = channel_of(&domain, channel)?;
        let store = Store::new(Rc::clone(&domain), store, channel);
        let control = Control::new(&store, &["poweroff", "reboot", "suspend"])?;
        Ok(Self { domain, console, store, control })
    }
}

/// Maps a page that the toolstack has put above the guest's memory.
fn shared(domain: &Domain, parameter: Parameter, size_bytes: usize) -> Result<Window, HostError> {
    let frame = domain.hypervisor().parameter(parameter)?;
    let address = frame.checked_mul(4096).and_then(|address| usize::try_from(address).ok());
    let unusable = |error| HostError::Page(parameter, error);
    let address = address.filter(|address| *address != 0).ok_or(unusable(MapError::Address))?;
    // SAFETY: the hypervisor says that the page is there; toolstacks put such pages above all memory.
    unsafe { map_shared(address, size_bytes) }.map_err(unusable)?;
    // SAFETY: the hypervisor says that the page is there, and nobody else in this image uses it.
    Ok(unsafe { Window::new(address, size_bytes) })
}

/// Takes the channel that a parameter names.
pub(crate) fn channel_of(
    domain: &Domain,
    channel: Parameter,
) -> Result<sarab_xen::Channel, HostError> {
    let number = domain.hypervisor().parameter(channel)?;
    Ok(domain.channels().adopt(u32::try_from(number).unwrap_or(u32::MAX))?)
}

/// Says in the store how the program has ended.
pub(crate) fn tell_status(host: &Host, status: u8) {
    // Who cannot write there is told all the same, by the reason of the shutdown.
    let _ = host.store.write("data/status", &status.to_string());
}
