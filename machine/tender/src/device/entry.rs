//! From the entry point to the status.

use alloc::{rc::Rc, string::String};
use core::cell::Cell;

use sarab_abi::{Boot as BootBlock, Ring};
use sarab_bare::{Heap, OneCore, Resource};
use sarab_runtime::{App, Boot, Outcome, Slot, install, run};

use super::{
    boot::{self, address, arguments, control},
    doorbell,
    machine::Guest,
};

// SAFETY: a tender starts a guest on one core, and the guest has no interrupts.
static RESOURCES: OneCore<Cell<&'static [Resource<'static>]>> =
    unsafe { OneCore::new(Cell::new(&[])) };

/// Makes an image of a program: its entry point, its manifest, its heap and its panic handler.
///
/// ```ignore
/// #![no_std]
/// #![no_main]
///
/// use sarab_runtime::{App, Boot, Failure};
/// use sarab_tender::{Resource, open_disk};
///
/// static APP: App = App { name: "count", version: "1.0.0", target: "spt", crates: &[], keys: &[] };
///
/// sarab_tender::entry!(APP, [Resource::Disk("data")], start);
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
        $crate::bare::image!($resources, $crate::panic);

        /// Where the tender enters the image.
        ///
        /// # Safety
        ///
        /// The tender calls it once, as its ABI says.
        #[unsafe(no_mangle)]
        unsafe extern "sysv64" fn _start(boot: usize) -> ! {
            // SAFETY: it is what the tender handed over.
            unsafe { $crate::start(boot, &HEAP, RESOURCES, &$app, $start) }
        }
    };
}

/// Runs `start` as `app` and ends the guest with its status. [`entry!`](crate::entry) calls it.
///
/// # Panics
///
/// If the tender speaks another version of the ABI, or gives too little memory for a heap.
///
/// # Safety
///
/// `boot` is the address of the boot block that the tender handed over, `heap` is the global allocator,
/// and this is called once.
pub unsafe fn start<O: Outcome>(
    boot: usize,
    heap: &Heap,
    resources: &'static [Resource<'static>],
    app: &'static App,
    start: impl AsyncFnOnce(Boot) -> O,
) -> ! {
    let block: *const BootBlock = core::ptr::with_exposed_provenance(boot);
    // SAFETY: by the contract of this function.
    unsafe { boot::install(block) };
    let block = boot::boot();
    let memory = core::ptr::with_exposed_provenance_mut(address(block.heap));
    // SAFETY: the boot block says that this memory is the guest's heap, and nothing else uses it.
    let has_memory = unsafe { heap.claim(memory, address(block.heap_bytes)) };
    assert!(has_memory, "{} bytes of memory are too few to start", block.heap_bytes);
    RESOURCES.get().set(resources);
    install(&PLACE);
    let words = arguments().map(String::from);
    let status = run(Rc::new(Guest::default()), app, words, start);
    // SAFETY: the field is in the control block, which nobody else reaches now.
    unsafe { (&raw mut (*control()).status).write_volatile(status.0.into()) };
    doorbell::end(Ring::Exit)
}

/// Returns what the image asks of its host.
pub(crate) fn resources() -> &'static [Resource<'static>] {
    RESOURCES.get().get()
}

// SAFETY: a tender starts a guest on one core, and the guest has no interrupts.
static PLACE: OneCore<Slot> = unsafe { OneCore::new(Slot::new()) };
