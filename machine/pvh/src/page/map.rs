//! The tables that the processor uses.

use core::{arch::asm, cell::Cell, ops::Range};

use sarab_bare::OneCore;

use super::{ADDRESS, Access, LARGE, LARGE_BYTES, SMALL_BYTES, Table, fill};
use crate::{
    entry::{pvh_level2, pvh_level4},
    linked::Parts,
};

/// Memory that tables are made of: from where on, and how much.
// SAFETY: an image has one core, and no interrupt handler makes tables.
static SPARE: OneCore<Cell<(usize, usize)>> = unsafe { OneCore::new(Cell::new((0, 0))) };

/// Entries of a table.
const ENTRIES: usize = 512;

/// Gives memory for tables, once: as many as [`tables_bytes`] says.
pub(crate) fn give(memory: Range<usize>) {
    SPARE.get().set((memory.start, memory.end));
}

/// Returns the bytes of the tables for an image that ends at `image_end`, for `memory_bytes` of memory, and
/// for a few devices.
pub(crate) fn tables_bytes(image_end: usize, memory_bytes: usize) -> usize {
    let gigabytes = memory_bytes.div_ceil(1 << 30);
    (image_end.div_ceil(LARGE_BYTES) + gigabytes + DEVICES) * SMALL_BYTES
}

/// Tables for devices: those below 4 GiB need one, and each gigabyte beyond one, or two.
const DEVICES: usize = 8;

fn new_table() -> &'static mut Table {
    let (start, end) = SPARE.get().get();
    assert!(end - start >= SMALL_BYTES, "no memory is left for tables of pages");
    SPARE.get().set((start + SMALL_BYTES, end));
    let table: *mut Table = core::ptr::with_exposed_provenance_mut(start);
    // SAFETY: the memory was given for tables, each is taken once, and it is aligned as a page is.
    unsafe { table.write(Table([0; ENTRIES])) };
    // SAFETY: as above.
    unsafe { &mut *table }
}

/// Returns the table below `entry`, made if it is not there.
fn below(entry: &mut u64) -> &'static mut Table {
    if *entry == 0 {
        *entry = core::ptr::from_mut(new_table()).expose_provenance() as u64 | Access::Write.bits();
        // What is below it says what may be executed.
        *entry &= !(1 << 63);
    }
    let address = usize::try_from(*entry & ADDRESS).unwrap_or_default();
    let table: *mut Table = core::ptr::with_exposed_provenance_mut(address);
    // SAFETY: an entry that is there, above level 2, leads to a table; tables live for as long as the image.
    unsafe { &mut *table }
}

/// Returns the entry for the large page at `address`.
fn large(address: usize) -> &'static mut u64 {
    // SAFETY: the tables are the processor's, and one core alone changes them.
    let level4 = unsafe { (&raw mut pvh_level4).as_mut_unchecked() };
    let place = |level: usize| (address >> (12 + 9 * level)) & (ENTRIES - 1);
    &mut below(&mut below(&mut level4.0[place(3)]).0[place(2)]).0[place(1)]
}

/// Lets the parts of the image be used as each is meant, and nothing else be executed.
pub(crate) fn protect(parts: &Parts) {
    let accesses = [
        (parts.text.clone(), Access::Execute),
        (parts.rodata.clone(), Access::Read),
        (parts.guard.clone(), Access::None),
    ];
    let image_end = parts.image().end;
    for start in (0..image_end).step_by(LARGE_BYTES) {
        let table = new_table();
        fill(table, start, &accesses);
        // What the entry was stays in use until the tables are looked at anew, below.
        *large(start) = core::ptr::from_mut(table).expose_provenance() as u64 | 3;
    }
    // SAFETY: as for `large`.
    let level2 = unsafe { (&raw mut pvh_level2).as_mut_unchecked() };
    let rest = level2.0.get_mut(image_end.div_ceil(LARGE_BYTES)..);
    rest.unwrap_or_default().iter_mut().for_each(|entry| *entry |= Access::Write.bits());
    forget();
}

/// Takes the page at 0 away, which monitors may have put something in. Nobody has a use for it now.
pub(crate) fn remove_null() {
    if let Some(entry) = below(large(0)).0.first_mut() {
        *entry = 0;
    }
    forget();
}

/// Maps memory one to one, in large pages, to be read and written.
pub(crate) fn map_memory(memory: Range<usize>) {
    for page in memory.step_by(LARGE_BYTES) {
        *large(page) = page as u64 | LARGE | Access::Write.bits();
    }
}

/// Maps memory that somebody shares with this machine, outside of its own, one to one.
///
/// It is mapped in whole pages of 2 MiB, which nothing else may lie in.
pub fn map_shared(start: usize, size_bytes: usize) {
    map_unless_mapped(start, size_bytes, Access::Write);
}

/// Maps the memory of a device one to one, so that it can be read and written, and is not cached.
///
/// It is mapped in whole pages of 2 MiB, which no other memory may share.
pub fn map_device(start: usize, size_bytes: usize) {
    map_unless_mapped(start, size_bytes, Access::Device);
}

/// Maps whole pages, but leaves those as they are that are mapped already.
fn map_unless_mapped(start: usize, size_bytes: usize, access: Access) {
    let end = start.saturating_add(size_bytes);
    for page in (start & !(LARGE_BYTES - 1)..end).step_by(LARGE_BYTES) {
        let entry = large(page);
        if *entry == 0 {
            *entry = page as u64 | LARGE | access.bits();
        }
    }
    forget();
}

/// Has the processor look at the tables anew.
fn forget() {
    // SAFETY: the register keeps its value; what the processor remembers of the tables is dropped.
    unsafe { asm!("mov rax, cr3", "mov cr3, rax", out("rax") _, options(nostack)) }
}
