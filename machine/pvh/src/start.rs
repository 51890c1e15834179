//! From the start info to a machine with a heap.

use core::{ffi::CStr, ops::Range};

use sarab_bare::Heap;

use crate::{
    descriptor, fault,
    linked::Parts,
    memory::{Memory, Region},
    page::{self, LARGE_BYTES, SMALL_BYTES},
    words::Words,
};

/// What the monitor hands over (Xen, `include/public/arch-x86/hvm/start_info.h`).
#[derive(Clone, Copy)]
#[repr(C)]
struct StartInfo {
    magic: u32,
    version: u32,
    flags: u32,
    module_count: u32,
    modules: u64,
    command_line: u64,
    root_pointer: u64,
    regions: u64,
    region_count: u32,
    padding: u32,
}

const MAGIC: u32 = 0x336e_c578;

/// Memory below this address is left alone: firmware and old devices are there.
const LOW_BYTES: usize = 1 << 20;

/// A machine with a heap, whose faults are reported.
#[derive(Debug)]
pub struct Booted {
    /// The command line.
    pub words: Words,
    /// Bytes of memory that are the heap's.
    pub heap_bytes: usize,
}

/// Makes a machine of what the monitor has handed over; `hooks` say how it ends if it crashes.
///
/// # Panics
///
/// If there is no memory for a heap.
///
/// # Safety
///
/// `info` is the address of the start info as the entry point got it, `heap` is the global allocator and
/// has nothing yet, and this is called once, before anything else.
pub unsafe fn start(info: usize, heap: &Heap, hooks: fault::Hooks) -> Booted {
    let parts = Parts::get();
    fault::install(hooks, &parts);
    descriptor::install();
    // SAFETY: by the contract of this function; the first gigabyte is mapped, and loaders put it there.
    let StartInfo { magic, version, regions, region_count, command_line, .. } =
        unsafe { copy(info) };
    assert!(magic == MAGIC && version >= 1, "the monitor hands over no map of the memory");
    let regions = usize::try_from(regions).unwrap_or_default();
    let region_count = usize::try_from(region_count).unwrap_or_default();
    // SAFETY: the start info says where the map is and how many entries it has.
    let region = |index| unsafe { copy::<Region>(regions + index * size_of::<Region>()) };
    let mut memory = Memory::read((0..region_count).map(region));
    // SAFETY: the start info says where the command line is, and that it ends with a zero.
    let line = unsafe { text(command_line) };
    for taken in [
        0..LOW_BYTES,
        parts.image(),
        span(info, size_of::<StartInfo>()),
        span(line.as_ptr().addr(), line.len() + 1),
        span(regions, region_count * size_of::<Region>()),
    ] {
        memory.take(taken);
    }
    // SAFETY: by the contract of this function, and what is free is memory that nothing else lies in.
    let heap_bytes = unsafe { claim(&parts, &memory, heap) + claim_others(&parts, &memory, heap) };
    let words = Words::read(line);
    page::remove_null();
    Booted { words, heap_bytes }
}

/// Maps and protects the memory, and gives the heap the largest part of it that is free.
///
/// # Safety
///
/// `heap` is the global allocator and has nothing yet; what is in use is taken out of `memory`.
unsafe fn claim(parts: &Parts, memory: &Memory, heap: &Heap) -> usize {
    let pieces = memory.pieces();
    let of_image = pieces.iter().find(|it| it.contains(&parts.text.start));
    let of_image = of_image.cloned().unwrap_or_default();
    let all_bytes = pieces.iter().map(ExactSizeIterator::len).sum();
    let free = memory.largest_gap(&of_image);
    let tables_bytes = page::tables_bytes(parts.image().end, all_bytes);
    let tables = free.start.next_multiple_of(SMALL_BYTES);
    let heap_start = tables + tables_bytes;
    // The first gigabyte is mapped already; beyond it, what is no whole large page is too little to matter.
    let mapped = free.end & !(LARGE_BYTES - 1);
    let end = if free.end > 1 << 30 { mapped } else { free.end };
    assert!(heap_start < end, "{} bytes of memory are too few to start", of_image.len());
    page::give(tables..heap_start);
    page::protect(parts);
    page::map_memory(mapped.min(1 << 30)..mapped);
    let start: *mut u8 = core::ptr::with_exposed_provenance_mut(heap_start);
    // SAFETY: by the contract of this function; the memory is mapped and nobody else's.
    let has_memory = unsafe { heap.claim(start, end - heap_start) };
    assert!(has_memory, "{} bytes of memory are too few to start", of_image.len());
    end - heap_start
}

/// Maps the memory that does not lie where the image is, and gives it to the heap, too.
///
/// # Safety
///
/// As for [`claim`], which has been called.
unsafe fn claim_others(parts: &Parts, memory: &Memory, heap: &Heap) -> usize {
    let others = memory.pieces().iter().filter(|it| !it.contains(&parts.text.start));
    let free = others.map(|it| whole_pages(memory.largest_gap(it)));
    free.filter(|free| !free.is_empty()).fold(0, |bytes, free| {
        page::map_memory(free.clone());
        let start: *mut u8 = core::ptr::with_exposed_provenance_mut(free.start);
        // SAFETY: by the contract of this function; the memory is mapped and nobody else's.
        unsafe { heap.claim(start, free.len()) };
        bytes + free.len()
    })
}

/// Returns the whole large pages in `memory`.
fn whole_pages(memory: Range<usize>) -> Range<usize> {
    memory.start.next_multiple_of(LARGE_BYTES)..memory.end & !(LARGE_BYTES - 1)
}

fn span(start: usize, size_bytes: usize) -> Range<usize> {
    start..start.saturating_add(size_bytes)
}

/// Copies what a loader has put at `start`, which nobody says anything of.
///
/// # Safety
///
/// There is a `T`, whatever bytes it is made of; it need not be aligned.
unsafe fn copy<T: Copy>(start: usize) -> T {
    let place: *const T = core::ptr::with_exposed_provenance(start);
    // SAFETY: by the contract of this function.
    unsafe { place.read_unaligned() }
}

/// # Safety
///
/// At `start` is a text that ends with a zero and stays as it is, or `start` is 0.
unsafe fn text(start: u64) -> &'static str {
    if start == 0 {
        return "";
    }
    let start = core::ptr::with_exposed_provenance(usize::try_from(start).unwrap_or_default());
    // SAFETY: by the contract of this function.
    let text = unsafe { CStr::from_ptr(start) };
    text.to_str().unwrap_or_else(|_| panic!("the command line is not UTF-8"))
}
