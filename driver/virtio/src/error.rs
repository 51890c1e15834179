//! Why a device cannot be opened, and why it is given up.

use core::fmt;

use sarab_device::{Error, ErrorKind};

use crate::{Class, Place};

/// Why a device cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenError {
    /// What it should be.
    pub class: Class,
    /// Where it is.
    pub place: Place,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a device that is being opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is another kind of device.
    Class(u32),
    /// It does not say that it was reset.
    Reset,
    /// It lacks a feature that it has to have.
    Feature(&'static str),
    /// It does not take features that it offers.
    Features(u64),
    /// It lacks a queue, or it is too small.
    Queue {
        /// The number of the queue.
        queue: u16,
        /// The descriptors that it may have.
        size_max: u16,
        /// The fewest that are needed.
        size_min: u16,
    },
    /// It does not take a queue, or the message of its interrupt.
    Refused {
        /// The number of the queue.
        queue: u16,
    },
    /// Its configuration does not stand still.
    Unsteady,
    /// Its configuration holds something that cannot be.
    Value {
        /// What.
        name: &'static str,
        /// Its value.
        value: u64,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, place, fault } = self;
        write!(f, "the {class} at {place} cannot be used: {fault}")
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Class(class) => write!(f, "it is a virtio device of kind {class}"),
            Self::Reset => f.write_str("it does not come back from a reset"),
            Self::Feature(name) => write!(f, "it does not offer {name}"),
            Self::Features(features) => {
                write!(f, "it offers the features {features:#x}, but does not take them")
            }
            Self::Queue { queue, size_max, size_min } => write!(
                f,
                "its queue {queue} has room for {size_max} descriptors, of at least {size_min}"
            ),
            Self::Refused { queue } => {
                write!(f, "it does not take queue {queue}, or the message of its interrupt")
            }
            Self::Unsteady => f.write_str("its configuration does not stand still"),
            Self::Value { name, value } => write!(f, "its configuration says {name} {value}"),
        }
    }
}

impl core::error::Error for OpenError {}

impl Error for OpenError {
    fn kind(&self) -> ErrorKind {
        match self.fault {
            Fault::Class(_) => ErrorKind::NotFound,
            Fault::Feature(_) => ErrorKind::Unsupported,
            _ => ErrorKind::Failed,
        }
    }
}

/// What a device says of a ring although it cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RingError {
    /// It has used more than there was.
    Count { used: u16, lent: usize },
    /// It has used what was not lent.
    Unknown { id: u32 },
    /// It has written more than there was room for.
    Size { written: u32, lent: u32 },
    /// It has not answered in time.
    Silent,
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { used, lent } => write!(f, "used {used} buffers of {lent} that were lent"),
            Self::Unknown { id } => write!(f, "used buffer {id}, which was not lent"),
            Self::Size { written, lent } => write!(f, "wrote {written} bytes into room for {lent}"),
            Self::Silent => f.write_str("did not answer"),
        }
    }
}
