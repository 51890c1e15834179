//! A runtime for each thread.

use alloc::rc::Rc;
use core::fmt::Arguments;
use std::thread_local;

use super::place::Slot;
use crate::runtime::Runtime;

thread_local! {
    static CURRENT: Slot = const { Slot::new() };
}

pub(crate) fn find() -> Option<Rc<Runtime>> {
    CURRENT.try_with(|current| current.0.borrow().clone()).ok().flatten()
}

pub(crate) fn replace(runtime: Option<Rc<Runtime>>) -> Option<Rc<Runtime>> {
    CURRENT.with(|current| current.0.replace(runtime))
}

/// Lets `act` see the runtime that runs where this is called, if that is known.
pub(crate) fn visit(act: impl FnOnce(&Runtime)) {
    let _ = CURRENT.try_with(|current| current.0.borrow().as_deref().map(act));
}

/// Shows a line of the log of a thread that has no runtime.
pub(crate) fn log_elsewhere(line: Arguments<'_>) {
    std::eprintln!("{line}");
}

#[cfg(test)]
mod tests {
    use crate::{App, Instant, Machine, NoEntropy, WallTime, run};
    use alloc::rc::Rc;
    use alloc::sync::Arc;
    use core::cell::RefCell;
    use core::future::poll_fn;
    use core::task::{Poll, Waker};

    static APP: App =
        App { name: "site", version: "1.2.3", target: "test", crates: &[], keys: &[] };

    /// A machine that in every wait wakes the task that waits for it, and needs no interrupt.
    struct Device(RefCell<Option<Waker>>);

    impl Machine for Device {
        fn now(&self) -> Instant {
            Instant::BOOT
        }
        fn wall_clock(&self) -> Option<WallTime> {
            None
        }
        fn entropy(&self, _: &mut [u8; 32]) -> Result<(), NoEntropy> {
            Ok(())
        }
        fn print(&self, _: &str) {}
        fn wait(&self, _: Option<Instant>) {
            self.0.take().expect("a task waits").wake();
        }
        fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
            Arc::new(|| panic!("a wake from within a wait interrupted it"))
        }
    }

    #[test]
    fn a_wake_from_within_a_wait_does_not_interrupt_it() {
        let device = Rc::new(Device(RefCell::new(None)));
        let machine = Rc::clone(&device) as Rc<dyn Machine>;
        let status = run(machine, &APP, [], async move |_| {
            for _ in 0..10 {
                let mut has_waited = false;
                poll_fn(|context| {
                    if core::mem::replace(&mut has_waited, true) {
                        return Poll::Ready(());
                    }
                    device.0.replace(Some(context.waker().clone()));
                    Poll::Pending
                })
                .await;
            }
        });
        assert!(status.is_success());
    }
}
