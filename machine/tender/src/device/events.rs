//! The devices of the guest.

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use sarab_queue::Events;

use super::one_core::OneCore;

static DEVICES: OneCore<RefCell<Vec<Rc<dyn Events>>>> = OneCore::new(RefCell::new(Vec::new()));

/// Adds a device, for as long as the guest runs.
pub(crate) fn add(device: Rc<dyn Events>) {
    DEVICES.get().borrow_mut().push(device);
}

/// Lets all devices take what was completed; tells whether there was something.
pub(crate) fn deliver() -> bool {
    // No device is added meanwhile: a waker only notes that its task is ready.
    DEVICES.get().borrow().iter().fold(false, |any, device| device.deliver() | any)
}
