//! The devices of the machine, by the names that the image has for them.

use alloc::{rc::Rc, vec::Vec};
use core::{
    cell::{OnceCell, RefCell},
    fmt,
};

use sarab_bare::{Kind, OneCore, Resource, first_missing, place};
use sarab_device::{Error, ErrorKind};
use sarab_pvh::entropy::SEED_BYTES;
use sarab_virtio::{Class, Transport, block::DiskQueue, entropy};

use super::{bus::Found, console::warn};

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static DEVICES: OneCore<OnceCell<Devices>> = unsafe { OneCore::new(OnceCell::new()) };

/// What there is.
struct Devices {
    /// What the image asks for.
    resources: &'static [Resource<'static>],
    found: Vec<Found>,
    /// The disks, once one was asked for; those that are in use are gone.
    disks: RefCell<Option<Vec<Option<Opened>>>>,
}

/// A disk, or why it cannot be used.
type Opened = Result<DiskQueue, sarab_virtio::OpenError>;

/// Why a device cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// The monitor has no such device.
    Missing {
        /// What it is.
        resource: Resource<'static>,
        /// How many of that kind there are.
        count: usize,
    },
    /// It has one, which cannot be used.
    Unusable {
        /// What it is.
        resource: Resource<'static>,
        /// What is wrong with it.
        error: sarab_virtio::OpenError,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { resource, count } => {
                let (kind, way_out) = match resource {
                    Resource::Network(_) => ("network card", "virtio-net"),
                    Resource::Disk(_) => ("disk", "virtio-blk"),
                };
                let name = resource.name();
                write!(
                    f,
                    "nothing stands for {kind} `{name}`: the monitor has {count} such devices; "
                )?;
                write!(f, "give it one more {way_out} device")
            }
            Self::Unusable { resource, error } => write!(f, "`{}`: {error}", resource.name()),
        }
    }
}

impl core::error::Error for OpenError {}

impl Error for OpenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Unusable { error, .. } => error.kind(),
        }
    }
}

/// Takes the devices that were found, once, and checks that there is one for each that the image asks for.
pub(crate) fn install(
    resources: &'static [Resource<'static>],
    found: Vec<Found>,
) -> Result<(), OpenError> {
    let devices = Devices { resources, found, disks: RefCell::default() };
    let missing = first_missing(resources, |kind| devices.of_kind(kind).count());
    let missing = missing.map(|resource| devices.missing(resource));
    // It is the first time, as the caller says.
    let _ = DEVICES.get().set(devices);
    missing.map_or(Ok(()), Err)
}

/// Acknowledges the interrupts of devices that have a line for them.
pub(crate) fn acknowledge() {
    let devices = DEVICES.get().get().into_iter().flat_map(|devices| &devices.found);
    for device in devices.filter(|device| device.has_line) {
        device.transport.acknowledge();
    }
}

/// Draws a seed from the monitor's source of entropy, if it has one that works.
pub(crate) fn seed() -> Option<[u8; SEED_BYTES]> {
    let source = DEVICES.get().get()?.of_class(Class::Entropy).next()?;
    let mut seed = [0; SEED_BYTES];
    // SAFETY: memory is mapped one to one, and nobody else asks for a device of this class.
    match unsafe { entropy::fill(source, &mut seed) } {
        Ok(()) => Some(seed),
        Err(error) => {
            warn(&format_args!("the monitor's source of entropy gives nothing: {error}"));
            None
        }
    }
}

/// Returns the transport of the card `name`.
pub(crate) fn card(name: &'static str) -> Result<Rc<dyn Transport>, OpenError> {
    let resource = Resource::Network(name);
    let missing = OpenError::Missing { resource, count: 0 };
    let devices = DEVICES.get().get().ok_or(missing)?;
    let card = devices.of_kind(Kind::Card).nth(place(devices.resources, resource));
    card.ok_or_else(|| devices.missing(resource))
}

/// Returns the queue of the disk `name`: of the one that has this name as its serial number, or else of
/// the one in its place.
pub(crate) fn disk(name: &'static str) -> Result<DiskQueue, OpenError> {
    let resource = Resource::Disk(name);
    let missing = OpenError::Missing { resource, count: 0 };
    let devices = DEVICES.get().get().ok_or(missing)?;
    let mut disks = devices.disks.borrow_mut();
    let disks = disks.get_or_insert_with(|| devices.open_disks());
    let disk = disks.get_mut(place(devices.resources, resource)).and_then(Option::take);
    let disk = disk.ok_or_else(|| devices.missing(resource))?;
    disk.map_err(|error| OpenError::Unusable { resource, error })
}

impl Devices {
    /// Returns the transports of all devices of a kind, in the order of the bus.
    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = Rc<dyn Transport>> {
        let class = match kind {
            Kind::Card => Class::Card,
            Kind::Disk => Class::Disk,
        };
        self.of_class(class)
    }

    fn of_class(&self, class: Class) -> impl Iterator<Item = Rc<dyn Transport>> {
        let transports = self.found.iter().map(|found| &found.transport);
        transports.filter(move |transport| transport.class() == class as u32).map(Rc::clone)
    }

    fn missing(&self, resource: Resource<'static>) -> OpenError {
        OpenError::Missing { resource, count: self.of_kind(Kind::of(resource)).count() }
    }

    /// Opens all disks, in the order of the names of the image: those that are called so first, and in the places that
    /// are left the others, in the order of the bus.
    fn open_disks(&self) -> Vec<Option<Opened>> {
        // SAFETY: memory is mapped one to one; each device is opened once, as nobody else asks for those of this
        // class.
        let open = |transport| unsafe { DiskQueue::open(transport) };
        let mut disks: Vec<_> = self.of_kind(Kind::Disk).map(open).map(Some).collect();
        let names = self.resources.iter().filter(|it| Kind::of(**it) == Kind::Disk);
        let mut placed: Vec<_> =
            names.map(|wanted| take_called(&mut disks, wanted.name())).collect();
        let mut others = disks.into_iter().flatten();
        for place in placed.iter_mut().filter(|place| place.is_none()) {
            *place = others.next();
        }
        placed
    }
}

/// Takes the disk that has `name` as its serial number.
fn take_called(disks: &mut [Option<Opened>], name: &str) -> Option<Opened> {
    let is_called = |disk: &Option<Opened>| {
        let serial = disk.as_ref().and_then(|disk| disk.as_ref().ok()?.serial());
        serial.is_some_and(|serial| serial.as_str() == name)
    };
    let place = disks.iter().position(is_called)?;
    disks.get_mut(place)?.take()
}
