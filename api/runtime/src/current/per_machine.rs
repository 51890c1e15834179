//! One runtime for the whole machine, in a static of the target.

use alloc::rc::Rc;
use core::fmt::Arguments;

#[cfg(not(test))]
use super::place::PLACE;
use super::place::Place;
use crate::runtime::Runtime;

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

/// Lets `act` see the runtime where it is known that this is its core. In an interrupt handler or on
/// another core nobody sees it; hence the interrupter is called once too often rather than once too
/// seldom.
pub(crate) fn visit(act: impl FnOnce(&Runtime)) {
    if let Some(place) = installed().filter(|place| place.is_on_core()) {
        // It is borrowed for a moment only, and nothing that borrows it wakes.
        place.slot().0.borrow().as_deref().map(act);
    }
}

/// Shows a line of the log from before the runtime began; there is nobody to show it.
pub(crate) fn log_elsewhere(_: Arguments<'_>) {}

#[cfg(test)]
use tests::installed;

#[cfg(test)]
mod tests {
    use super::super::place::{PLACE, Slot, install};
    use super::*;
    use alloc::boxed::Box;
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
