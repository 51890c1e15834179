//! The memory of this tender: what it allocates, and what the C library does, come out of one arena.
//!
//! The C library lets a program bring an allocator of its own (glibc, "Replacing malloc"). It takes a few hundred
//! bytes, and its own allocator would take four system calls to give them.

use std::{
    alloc::{GlobalAlloc, Layout},
    ffi::{c_int, c_void},
    ptr,
};

use sarab_monitor::{Arena, arena};

// SAFETY: nothing else calls it in this program.
#[global_allocator]
static HEAP: Arena = unsafe { arena() };

/// What stands right before the memory that the C library has.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Head {
    /// Bytes of the memory.
    size: usize,
    /// Bytes before it, as many as it is aligned to.
    before: usize,
}

impl Head {
    /// Returns the head of `memory`.
    ///
    /// # Safety
    ///
    /// `memory` is of this allocator, and was not taken back.
    unsafe fn of(memory: *mut c_void) -> Self {
        // SAFETY: by the contract of this function it lies right there.
        unsafe { memory.cast::<Self>().sub(1).read() }
    }

    fn layout(self) -> Option<Layout> {
        Layout::from_size_align(self.size.checked_add(self.before)?, self.before).ok()
    }
}

/// Returns `size` bytes at a multiple of `align`, which is a power of two, or null where there are none.
fn allocate(size: usize, align: usize) -> *mut c_void {
    let head = Head { size, before: align.max(size_of::<Head>()) };
    let Some(layout) = head.layout() else { return ptr::null_mut() };
    // SAFETY: the layout is larger than nothing.
    let start = unsafe { HEAP.alloc(layout) };
    if start.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: there are as many bytes before what is returned.
    let memory: *mut c_void = unsafe { start.add(head.before) }.cast();
    // SAFETY: the head is no larger than that, and as aligned.
    unsafe { memory.cast::<Head>().sub(1).write(head) };
    memory
}

/// Returns memory, or null where there is none (`malloc(3)`).
#[unsafe(no_mangle)]
extern "C" fn malloc(size: usize) -> *mut c_void {
    allocate(size, size_of::<Head>())
}

/// Returns memory of zeroes (`calloc(3)`).
#[unsafe(no_mangle)]
extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return ptr::null_mut() };
    let memory = malloc(size);
    if !memory.is_null() {
        // SAFETY: it has that many bytes.
        unsafe { memory.cast::<u8>().write_bytes(0, size) };
    }
    memory
}

/// Gets memory at a multiple of `align` (`posix_memalign(3)`).
///
/// # Safety
///
/// `place` is one for a pointer.
#[unsafe(no_mangle)]
unsafe extern "C" fn posix_memalign(place: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() {
        return libc::EINVAL;
    }
    let memory = allocate(size, align);
    if memory.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: by the contract of this function.
    unsafe { place.write(memory) };
    0
}

/// Returns memory of another size that begins as `memory` does, and takes that back (`realloc(3)`).
///
/// # Safety
///
/// `memory` is null or of this allocator, and nobody uses it any more.
#[unsafe(no_mangle)]
unsafe extern "C" fn realloc(memory: *mut c_void, size: usize) -> *mut c_void {
    let new = malloc(size);
    if new.is_null() || memory.is_null() {
        return new;
    }
    // SAFETY: by the contract of this function.
    let Head { size: size_before, .. } = unsafe { Head::of(memory) };
    let (from, to) = (memory.cast::<u8>(), new.cast::<u8>());
    // SAFETY: both have that many bytes, and are apart.
    unsafe { to.copy_from_nonoverlapping(from, size_before.min(size)) };
    // SAFETY: by the contract of this function.
    unsafe { free(memory) };
    new
}

/// Takes memory back (`free(3)`).
///
/// # Safety
///
/// `memory` is null or of this allocator, and nobody uses it any more.
#[unsafe(no_mangle)]
unsafe extern "C" fn free(memory: *mut c_void) {
    if memory.is_null() {
        return;
    }
    // SAFETY: by the contract of this function.
    let head = unsafe { Head::of(memory) };
    let Some(layout) = head.layout() else { return };
    // SAFETY: there are as many bytes before it.
    let start = unsafe { memory.cast::<u8>().sub(head.before) };
    // SAFETY: the arena has given it, with this layout.
    unsafe { HEAP.dealloc(start, layout) };
}
