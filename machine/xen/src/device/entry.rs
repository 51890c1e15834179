//! From the entry point to the status.

use alloc::{rc::Rc, string::ToString};

use sarab_abi::Status;
use sarab_bare::{Heap, OneCore, Resource};
use sarab_runtime::{App, Boot, Outcome, Slot, install, run};

use super::{
    devices::{self, InstallError},
    end::{HOOKS, end, refuse},
    host,
    machine::Guest,
};

/// Makes an image of a program: its entry point, its manifest, its heap and its panic handler.
///
/// ```ignore
/// #![no_std]
/// #![no_main]
///
/// use sarab_runtime::{App, Boot, Failure};
/// use sarab_xen_machine::{Resource, open_disk};
///
/// static APP: App = App { name: "count", version: "1.0.0", target: "xen", crates: &[], keys: &[] };
///
/// sarab_xen_machine::entry!(APP, [Resource::Disk("data")], start);
///
/// async fn start(boot: Boot) -> Result<(), Failure> {
///     let data = boot.opened("data", open_disk("data").await)?;
///     // ...
///     Ok(())
/// }
/// ```
#[macro_export]
macro_rules! entry {
    ($app:path, $resources:expr, $start:path) => {
        $crate::pvh::image!($app, $resources, $start, $crate::start, $crate::panic);
    };
}

/// Runs `start` as `app` and ends the machine with its status. [`entry!`](crate::entry) calls it.
///
/// # Safety
///
/// `info` is the address of the start info that was handed over, `heap` is the global allocator,
/// and this is called once.
pub unsafe fn start<O: Outcome>(
    info: usize,
    heap: &Heap,
    resources: &'static [Resource<'static>],
    app: &'static App,
    start: impl AsyncFnOnce(Boot) -> O,
) -> ! {
    // SAFETY: by the contract of this function.
    let booted = unsafe { sarab_pvh::start(info, heap, HOOKS) };
    let host = match host::find() {
        Ok(host) => host,
        Err(error) => refuse(Status::Unavailable, &error.to_string()),
    };
    match devices::install(resources, &host.store) {
        Ok(()) => {}
        Err(error @ InstallError::Store(_)) => refuse(Status::Unavailable, &error.to_string()),
        Err(error) => refuse(Status::Usage, &error.to_string()),
    }
    install(&PLACE);
    let keys = booted.words.keys.clone();
    let guest = Rc::new(Guest::new(host, booted.words));
    let status = run(Rc::clone(&guest) as _, app, keys, start);
    end(status.0, guest.reason())
}

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static PLACE: OneCore<Slot> = unsafe { OneCore::new(Slot::new()) };
