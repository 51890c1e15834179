//! A device from its first reset to its last.

use alloc::rc::Rc;
use core::cell::Cell;

use crate::{Class, Fault, OpenError, Transport, error::RingError, feature};

/// The status of a device, bit by bit (virtio 1.2 section 2.1).
const SEEN: u8 = 1;
const HAS_DRIVER: u8 = 2;
const IS_READY: u8 = 4;
const FEATURES_TAKEN: u8 = 8;
const WANTS_RESET: u8 = 64;

/// How often a configuration is read that changes meanwhile.
const READS_MOST: u32 = 100;

/// How often a device is looked at that has to answer now, and how often between it is asked whether it
/// is well; that lets the other side of a virtual machine run where there is one processor.
const ROUNDS_MOST: u32 = 40_000;
const LOOKS_A_ROUND: u32 = 256;

/// A device, which is reset when this is dropped. So it stands before what the device was lent, and is
/// dropped first.
pub(crate) struct Device {
    transport: Rc<dyn Transport>,
    class: Class,
    features: u64,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// It works.
    Running,
    /// It was given up, and touches no memory any more.
    Stopped,
    /// It was given up, but does not say that it has stopped.
    Lost,
}

impl Device {
    /// Resets the device and says that it has a driver (virtio 1.2 section 3.1.1, steps 1 to 3).
    pub(crate) fn start(transport: Rc<dyn Transport>, class: Class) -> Result<Self, OpenError> {
        let mut device = Self { transport, class, features: 0, state: Cell::new(State::Running) };
        let transport = &device.transport;
        match transport.class() {
            seen if seen == class as u32 => {}
            seen => return Err(device.error(Fault::Class(seen))),
        }
        if !transport.reset() {
            return Err(device.error(Fault::Reset));
        }
        transport.set_status(SEEN);
        transport.set_status(SEEN | HAS_DRIVER);
        device.features = transport.features();
        Ok(device)
    }

    /// Takes those of the `wanted` features that are offered (steps 4 to 6).
    pub(crate) fn agree(&mut self, wanted: u64) -> Result<(), OpenError> {
        const RINGS: u64 = feature::INDIRECT | feature::EVENT_INDEX;
        if !self.has(feature::VERSION_1) {
            return Err(self.error(Fault::Feature("VIRTIO_F_VERSION_1")));
        }
        self.features &= wanted | RINGS | feature::VERSION_1 | feature::PLATFORM;
        self.transport.set_features(self.features);
        self.transport.set_status(SEEN | HAS_DRIVER | FEATURES_TAKEN);
        if self.transport.status() & FEATURES_TAKEN == 0 {
            return Err(self.error(Fault::Features(self.features)));
        }
        Ok(())
    }

    /// Lets the device work (step 8).
    pub(crate) fn ready(&self) {
        self.transport.set_status(SEEN | HAS_DRIVER | FEATURES_TAKEN | IS_READY);
    }

    /// Tells whether all of these features are there: offered first, then taken.
    pub(crate) fn has(&self, features: u64) -> bool {
        self.features & features == features
    }

    pub(crate) fn transport(&self) -> &Rc<dyn Transport> {
        &self.transport
    }

    pub(crate) fn error(&self, fault: Fault) -> OpenError {
        OpenError { class: self.class, place: self.transport.place(), fault }
    }

    /// Reads the configuration until nothing of it changed meanwhile (section 2.5.1).
    pub(crate) fn config<R>(&self, read: impl Fn(&dyn Transport) -> R) -> Result<R, OpenError> {
        let transport = &*self.transport;
        let mut before = transport.generation();
        for _ in 0..READS_MOST {
            let value = read(transport);
            let after = transport.generation();
            if before == after {
                return Ok(value);
            }
            before = after;
        }
        Err(self.error(Fault::Unsteady))
    }

    /// Waits, busily and not for ever, until `look` sees something.
    pub(crate) fn wait<R>(&self, mut look: impl FnMut() -> Option<R>) -> Option<R> {
        for _ in 0..ROUNDS_MOST {
            for _ in 0..LOOKS_A_ROUND {
                if let Some(seen) = look() {
                    return Some(seen);
                }
                core::hint::spin_loop();
            }
            if self.transport.status() & WANTS_RESET != 0 {
                break;
            }
        }
        None
    }

    /// Tells whether the device works.
    #[inline]
    pub(crate) fn is_running(&self) -> bool {
        self.state.get() == State::Running
    }

    /// Tells whether the device was given up, and touches no memory any more.
    pub(crate) fn is_stopped(&self) -> bool {
        self.state.get() == State::Stopped
    }

    /// Gives the device up for what it did.
    #[cold]
    pub(crate) fn give_up(&self, error: RingError) {
        if !self.is_running() {
            return;
        }
        // The log may go to this very device, so it is given up first.
        self.state.set(State::Lost);
        if self.transport.reset() {
            self.state.set(State::Stopped);
        }
        let (class, place) = (self.class, self.transport.place());
        log::error!("the {class} at {place} {error}, and is not used any more");
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.transport.reset();
    }
}
