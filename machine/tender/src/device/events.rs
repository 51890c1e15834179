//! The devices of the guest.

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use sarab_bare::OneCore;
use sarab_queue::Events;

// SAFETY: a tender starts a guest on one core, and the guest has no interrupts.
static DEVICES: OneCore<RefCell<Vec<Rc<dyn Events>>>> =
    unsafe { OneCore::new(RefCell::new(Vec::new())) };

/// Adds a device, for as long as the guest runs.
pub(crate) fn add(device: Rc<dyn Events>) {
    DEVICES.get().borrow_mut().push(device);
}

/// Lets all devices take what was completed; tells whether there was something.
pub(crate) fn deliver() -> bool {
    // No device is added meanwhile: a waker only notes that its task is ready.
    DEVICES.get().borrow().iter().fold(false, |any, device| device.deliver() | any)
}
