//! One runtime for the whole machine, in a static of the target.

use alloc::boxed::Box;
use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt::Arguments;

use once_cell::race::OnceBox;

use crate::runtime::Runtime;

static PLACE: OnceBox<&'static dyn Place> = OnceBox::new();

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
}

/// Room for one runtime.
pub struct Slot(RefCell<Option<Rc<Runtime>>>);

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
pub fn install(place: &'static dyn Place) {
    PLACE.get_or_init(|| Box::new(place));
}

#[cfg(not(test))]
fn installed() -> Option<&'static dyn Place> {
    PLACE.get().copied()
}

pub(crate) fn find() -> Option<Rc<Runtime>> {
    installed()?.slot().0.borrow().clone()
}

/// Replaces the current runtime.
///
/// # Panics
///
/// If the target installed no place.
pub(crate) fn replace(runtime: Option<Rc<Runtime>>) -> Option<Rc<Runtime>> {
    let Some(place) = installed() else {
        panic!("the target must install a place for the runtime before it runs");
    };
    place.slot().0.replace(runtime)
}

/// Lets nobody see the runtime: whether this is called on its core, in an interrupt handler or on
/// another core is not known. Hence the interrupter is called once too often rather than once too
/// seldom.
pub(crate) fn visit(_: impl FnOnce(&Runtime)) {}

/// Shows a line of the log from before the runtime began; there is nobody to show it.
pub(crate) fn log_elsewhere(_: Arguments<'_>) {}

#[cfg(test)]
use tests::installed;

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread_local;

    thread_local! {
        static SLOT: &'static Slot = Box::leak(Box::default());
    }

    /// The tests run on many threads, each of which is a machine.
    struct EachThread;

    impl Place for EachThread {
        fn slot(&self) -> &Slot {
            SLOT.with(|slot| *slot)
        }
    }

    pub(super) fn installed() -> Option<&'static dyn Place> {
        install(&EachThread);
        PLACE.get().copied()
    }

    #[test]
    fn the_first_place_counts() {
        struct Never;
        impl Place for Never {
            fn slot(&self) -> &Slot {
                unreachable!("it came second")
            }
        }
        assert!(installed().is_some());
        install(&Never);
        assert!(find().is_none());
    }
}
