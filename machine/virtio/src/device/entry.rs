//! From the entry point to the status.

use alloc::{rc::Rc, string::ToString};

use sarab_abi::Status;
use sarab_bare::{Heap, OneCore, Resource};
use sarab_pvh::clock::Clock;
use sarab_runtime::{App, Boot, Outcome, Slot, install, run};

use super::{
    bus, console, devices,
    end::{HOOKS, end, refuse},
    machine::Pc,
};

/// Makes an image of a program: its entry point, its manifest, its heap and its panic handler.
///
/// ```ignore
/// #![no_std]
/// #![no_main]
///
/// use sarab_runtime::{App, Boot, Failure};
/// use sarab_virtio_machine::{Resource, open_disk};
///
/// static APP: App = App { name: "count", version: "1.0.0", target: "virtio", crates: &[], keys: &[] };
///
/// sarab_virtio_machine::entry!(APP, [Resource::Disk("data")], start);
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
/// `info` is the address of the start info that the monitor handed over, `heap` is the global allocator,
/// and this is called once.
pub unsafe fn start<O: Outcome>(
    info: usize,
    heap: &Heap,
    resources: &'static [Resource<'static>],
    app: &'static App,
    start: impl AsyncFnOnce(Boot) -> O,
) -> ! {
    console::find();
    // SAFETY: by the contract of this function.
    let booted = unsafe { sarab_pvh::start(info, heap, HOOKS) };
    let Ok(clock) = Clock::start() else {
        refuse(Status::Unavailable, "nobody says how fast the processor's counter runs")
    };
    if let Err(missing) = devices::install(resources, bus::find(&booted.words.devices)) {
        refuse(Status::Usage, &missing.to_string())
    }
    install(&PLACE);
    let keys = booted.words.keys.clone();
    let machine = Pc::new(clock, booted.words, booted.heap_bytes);
    let status = run(Rc::new(machine), app, keys, start);
    end(status.0)
}

// SAFETY: an image runs on one core, and its interrupt handlers touch nothing.
static PLACE: OneCore<Slot> = unsafe { OneCore::new(Slot::new()) };
