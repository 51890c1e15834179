//! A runtime for each thread.

use alloc::rc::Rc;
use core::cell::RefCell;
use core::fmt::Arguments;
use std::thread::{self, ThreadId};
use std::thread_local;

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

/// The thread of a runtime. What it wakes needs no interrupt: it is not waiting.
pub(crate) struct Home(ThreadId);

impl Home {
    pub(crate) fn here() -> Self {
        Self(thread::current().id())
    }

    pub(crate) fn is_here(&self) -> bool {
        thread::current().id() == self.0
    }
}

/// Shows a line of the log of a thread that has no runtime.
pub(crate) fn log_elsewhere(line: Arguments<'_>) {
    std::eprintln!("{line}");
}
