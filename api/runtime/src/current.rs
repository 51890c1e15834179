//! The runtime that the free functions speak to.

#[cfg(not(feature = "std"))]
mod per_machine;
#[cfg(feature = "std")]
mod per_thread;
mod place;

#[cfg(not(feature = "std"))]
use per_machine as kept;
#[cfg(feature = "std")]
use per_thread as kept;

use alloc::rc::Rc;
use alloc::sync::Arc;
use core::mem;

use crate::executor::Handle;
use crate::runtime::Runtime;

pub use place::{Place, Slot, install};

pub(crate) use kept::{find, log_elsewhere};

/// Returns the current runtime.
///
/// # Panics
///
/// If none runs here.
#[track_caller]
pub(crate) fn get() -> Rc<Runtime> {
    let Some(runtime) = find() else {
        panic!("no runtime runs here: `run` has not begun or has ended");
    };
    runtime
}

/// Queues a task that was woken, if it is woken where its runtime runs.
pub(crate) fn queue_here(handle: Arc<Handle>) -> Result<(), Arc<Handle>> {
    let mut woken = Err(handle);
    kept::visit(|runtime| {
        let handle = mem::replace(&mut woken, Ok(()));
        woken = handle.or_else(|handle| runtime.executor.queue(handle));
    });
    woken
}

/// Makes a runtime the current one until the guard is dropped.
pub(crate) fn enter(runtime: &Rc<Runtime>) -> Entered {
    Entered { before: kept::replace(Some(Rc::clone(runtime))) }
}

/// Puts back the runtime that was the current one before.
pub(crate) struct Entered {
    before: Option<Rc<Runtime>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        drop(kept::replace(self.before.take()));
    }
}
