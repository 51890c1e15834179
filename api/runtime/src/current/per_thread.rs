//! A runtime for each thread.

use alloc::rc::Rc;
use alloc::sync::Arc;
use core::cell::RefCell;
use core::fmt::Arguments;
use core::mem;
use std::thread_local;

use crate::executor::Handle;
use crate::runtime::Runtime;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Runtime>>> = const { RefCell::new(None) };
}

pub(crate) fn find() -> Option<Rc<Runtime>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

pub(crate) fn replace(runtime: Option<Rc<Runtime>>) -> Option<Rc<Runtime>> {
    CURRENT.with(|current| current.replace(runtime))
}

/// Queues a task that was woken, if its runtime is the current one of this thread.
pub(crate) fn queue_here(handle: Arc<Handle>) -> Result<(), Arc<Handle>> {
    let mut woken = Err(handle);
    let _ = CURRENT.try_with(|current| {
        if let Some(runtime) = &*current.borrow() {
            let handle = mem::replace(&mut woken, Ok(()));
            woken = handle.or_else(|handle| runtime.executor.queue(handle));
        }
    });
    woken
}

/// Shows a line of the log of a thread that has no runtime.
pub(crate) fn log_elsewhere(line: Arguments<'_>) {
    std::eprintln!("{line}");
}
