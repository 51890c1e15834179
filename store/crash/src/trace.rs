//! What was asked of a disk, in order.

use std::rc::Rc;

use crate::Sector;

/// Everything that happened to a disk since it was made.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The events, oldest first. A write is known by the place of its event.
    pub events: Vec<Event>,
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A write was begun: from here on each of its sectors may survive a crash.
    Write(Rc<Write>),
    /// The write at this place was completed.
    Done {
        /// Its place in the trace.
        write: usize,
        /// Whether it survives a crash from now on.
        is_durable: bool,
    },
    /// The write at this place was given up by its user and will never land.
    Gone {
        /// Its place in the trace.
        write: usize,
    },
    /// A flush was completed.
    Flush {
        /// How many events came before it began: writes completed among them survive a crash.
        began: usize,
    },
    /// The subject under test said something of itself.
    Mark(Mark),
}

/// Sectors that are written together, in no order.
#[derive(Debug)]
pub struct Write {
    /// The sectors, each with its number.
    pub sectors: Vec<(u64, Sector)>,
    /// Whether the next flush passes it over.
    pub is_held: bool,
}

/// What a subject under test says of itself while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// So many operations have been begun: their effects may be seen after a crash.
    Attempted(usize),
    /// So many operations have been acknowledged: their effects must be seen after a crash.
    Acknowledged(usize),
    /// The operation at this place was refused, and everything is as before it.
    Refused(usize),
    /// What has become of the operation at this place cannot be told, so none follows it.
    Unclear(usize),
}
