//! The devices of the domain, by the names that the image has for them.

use alloc::{boxed::Box, vec::Vec};
use core::{
    cell::{OnceCell, RefCell},
    fmt,
};

use sarab_bare::{Kind, OneCore, Resource, first_missing, place};
use sarab_device::{Error, ErrorKind};
use sarab_xen::{
    Store,
    bus::{self, ConnectError},
    store::StoreError,
};

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static DEVICES: OneCore<OnceCell<Devices>> = unsafe { OneCore::new(OnceCell::new()) };

/// What there is.
struct Devices {
    /// What the image asks for.
    resources: &'static [Resource<'static>],
    cards: Vec<u32>,
    disks: Vec<u32>,
}

/// Connects a device anew.
type Resume = Box<dyn Fn() -> Result<(), ConnectError>>;

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static RESUMES: OneCore<RefCell<Vec<Resume>>> = unsafe { OneCore::new(RefCell::new(Vec::new())) };

/// Has `resume` called whenever this is a new domain.
pub(crate) fn on_resume(resume: impl Fn() -> Result<(), ConnectError> + 'static) {
    RESUMES.get().borrow_mut().push(Box::new(resume));
}

/// Connects all devices anew: this is a new domain.
pub(crate) fn resume() -> Result<(), ConnectError> {
    RESUMES.get().borrow().iter().try_for_each(|resume| resume())
}

/// Why a device cannot be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The domain has no such device.
    Missing {
        /// What it is.
        resource: Resource<'static>,
        /// How many of that kind there are.
        count: usize,
    },
    /// It has one, which is not served.
    Unserved {
        /// What it is.
        resource: Resource<'static>,
        /// Why not.
        error: ConnectError,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { resource, count } => {
                let (kind, list) = match resource {
                    Resource::Network(_) => ("network card", "vif"),
                    Resource::Disk(_) => ("disk", "disk"),
                };
                write!(
                    f,
                    "nothing stands for {kind} `{}`: the domain has {count} of them; give it one \
                     more in the list `{list}` of its configuration",
                    resource.name()
                )
            }
            Self::Unserved { resource, error } => write!(f, "`{}`: {error}", resource.name()),
        }
    }
}

impl core::error::Error for OpenError {}

impl Error for OpenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Missing { .. } => ErrorKind::NotFound,
            Self::Unserved { .. } => ErrorKind::Failed,
        }
    }
}

/// Why the devices of the domain are not those that the image asks for.
pub(crate) enum InstallError {
    /// Nobody says what there is.
    Store(StoreError),
    /// One is missing.
    Missing(OpenError),
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => write!(f, "cannot list the devices of the domain: {error}"),
            Self::Missing(error) => error.fmt(f),
        }
    }
}

/// Looks which devices the domain has, once, and checks that there is one for each that the image asks
/// for.
pub(crate) fn install(
    resources: &'static [Resource<'static>],
    store: &Store,
) -> Result<(), InstallError> {
    let handles = |kind| bus::handles(store, kind).map_err(InstallError::Store);
    let (cards, disks) = (handles(bus::Kind::Network)?, handles(bus::Kind::Disk)?);
    let devices = Devices { resources, cards, disks };
    let missing = first_missing(resources, |kind| devices.of_kind(kind).len());
    let missing = missing.map(|resource| devices.missing(resource));
    // It is the first time, as the caller says.
    let _ = DEVICES.get().set(devices);
    missing.map_or(Ok(()), |missing| Err(InstallError::Missing(missing)))
}

/// Returns the handle of the device that stands for `resource`.
pub(crate) fn handle(resource: Resource<'static>) -> Result<u32, OpenError> {
    let missing = || OpenError::Missing { resource, count: 0 };
    let devices = DEVICES.get().get().ok_or_else(missing)?;
    let all = devices.of_kind(Kind::of(resource));
    let handle = all.get(place(devices.resources, resource)).copied();
    handle.ok_or_else(|| devices.missing(resource))
}

impl Devices {
    /// Returns the handles of all devices of a kind, in order.
    fn of_kind(&self, kind: Kind) -> &[u32] {
        match kind {
            Kind::Card => &self.cards,
            Kind::Disk => &self.disks,
        }
    }

    fn missing(&self, resource: Resource<'static>) -> OpenError {
        OpenError::Missing { resource, count: self.of_kind(Kind::of(resource)).len() }
    }
}
