//! The devices of an image that are in use, and what its machine asks of them.

use alloc::{rc::Rc, vec::Vec};
use core::cell::RefCell;

use sarab_queue::Events;

use super::OneCore;

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static DEVICES: OneCore<RefCell<Vec<Rc<dyn Events>>>> =
    unsafe { OneCore::new(RefCell::new(Vec::new())) };

/// Adds a device, for as long as the image runs.
pub fn add(device: Rc<dyn Events>) {
    DEVICES.get().borrow_mut().push(device);
}

/// Tells all devices of what was submitted.
pub fn notify() {
    DEVICES.get().borrow().iter().for_each(|device| device.notify());
}

/// Lets all devices take what was completed; tells whether there was something.
pub fn deliver() -> bool {
    // No device is added meanwhile: a waker only notes that its task is ready.
    DEVICES.get().borrow().iter().fold(false, |any, device| device.deliver() | any)
}

/// Asks all devices to interrupt, or not to.
pub fn listen(is_wanted: bool) {
    DEVICES.get().borrow().iter().for_each(|device| device.listen(is_wanted));
}
