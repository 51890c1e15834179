//! Where the runtime of a machine without threads lives.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;

use once_cell::race::OnceBox;

use crate::runtime::Runtime;

pub(super) static PLACE: OnceBox<&'static dyn Place> = OnceBox::new();

/// The place of the runtime on a machine that has no threads.
///
/// A runtime belongs to one core, so it is not `Sync`; a static must be. The target knows that only
/// one core runs the program, and vouches for it:
///
/// ```
/// use sarab_runtime::{Place, Slot, install};
///
/// struct OneCore(Slot);
///
/// // SAFETY: this machine starts one core, and its interrupt handlers only call wakers.
/// unsafe impl Sync for OneCore {}
///
/// impl Place for OneCore {
///     fn slot(&self) -> &Slot {
///         &self.0
///     }
/// }
///
/// static PLACE: OneCore = OneCore(Slot::new());
///
/// install(&PLACE);
/// # #[cfg(feature = "virtual")]
/// # sarab_runtime::block_on_virtual(async {
/// #     sarab_runtime::sleep(core::time::Duration::from_secs(5)).await;
/// #     assert_eq!(sarab_runtime::now().since_boot().as_secs(), 5);
/// # });
/// ```
///
/// A target that has a thread-local of its own may answer with that, and needs to vouch for nothing.
pub trait Place: Sync {
    /// Returns the slot of the core that asks.
    fn slot(&self) -> &Slot;

    /// Tells whether whoever asks is on the core of the runtime, and in no interrupt handler. Where that is
    /// known, waking a task is cheaper.
    fn is_on_core(&self) -> bool {
        false
    }
}

/// Room for one runtime.
pub struct Slot(pub(super) RefCell<Option<Rc<Runtime>>>);

impl Slot {
    /// Makes an empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self(RefCell::new(None))
    }
}

impl Default for Slot {
    fn default() -> Self {
        Self::new()
    }
}

/// Gives the runtime its place. The target calls it once, before [`run`](crate::run); of several
/// calls the first one counts.
///
/// With the feature `std` each thread has a place of its own, and this one is not used.
pub fn install(place: &'static dyn Place) {
    PLACE.get_or_init(|| Box::new(place));
}
