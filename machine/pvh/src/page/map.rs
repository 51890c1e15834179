//! The tables that the processor uses.

use core::{arch::asm, cell::Cell, fmt, ops::Range};

use sarab_bare::OneCore;

use super::{ADDRESS, Access, LARGE, LARGE_BYTES, SMALL_BYTES, Table, UNCACHED, fill, pages};
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

/// Returns an empty table, while there is memory for one.
fn new_table() -> Option<&'static mut Table> {
    let (start, end) = SPARE.get().get();
    if end - start < SMALL_BYTES {
        return None;
    }
    SPARE.get().set((start + SMALL_BYTES, end));
    let table: *mut Table = core::ptr::with_exposed_provenance_mut(start);
    // SAFETY: the memory was given for tables, each is taken once, and it is aligned as a page is.
    unsafe { table.write(Table([0; ENTRIES])) };
    // SAFETY: as above.
    Some(unsafe { &mut *table })
}

/// Returns the table below `entry`, made if it is not there and can be made.
fn below(entry: &mut u64) -> Option<&'static mut Table> {
    if *entry == 0 {
        let table = core::ptr::from_mut(new_table()?).expose_provenance();
        *entry = table as u64 | Access::Write.bits();
        // What is below it says what may be executed.
        *entry &= !(1 << 63);
    }
    let address = usize::try_from(*entry & ADDRESS).unwrap_or_default();
    let table: *mut Table = core::ptr::with_exposed_provenance_mut(address);
    // SAFETY: an entry that is there, above level 2, leads to a table; tables live for as long as the image.
    Some(unsafe { &mut *table })
}

/// Returns the entry for the large page at `address`, if the tables on the way to it can be made.
fn large(address: usize) -> Option<&'static mut u64> {
    // SAFETY: the tables are the processor's, and one core alone changes them.
    let level4 = unsafe { (&raw mut pvh_level4).as_mut_unchecked() };
    let place = |level: usize| (address >> (12 + 9 * level)) & (ENTRIES - 1);
    let level3 = below(&mut level4.0[place(3)])?;
    let level2 = below(&mut level3.0[place(2)])?;
    Some(&mut level2.0[place(1)])
}

/// Returns the entry for a large page of memory, for whose tables memory was given.
fn of_memory(address: usize) -> &'static mut u64 {
    large(address).unwrap_or_else(|| panic!("{NO_TABLES}"))
}

const NO_TABLES: &str = "no memory is left for tables of pages";

/// Lets the parts of the image be used as each is meant, and nothing else be executed.
pub(crate) fn protect(parts: &Parts) {
    let accesses = [
        (parts.text.clone(), Access::Execute),
        (parts.rodata.clone(), Access::Read),
        (parts.guard.clone(), Access::None),
        (parts.fault_guard.clone(), Access::None),
    ];
    let image_end = parts.image().end;
    for start in (0..image_end).step_by(LARGE_BYTES) {
        let table = new_table().unwrap_or_else(|| panic!("{NO_TABLES}"));
        fill(table, start, &accesses);
        // What the entry was stays in use until the tables are looked at anew, below.
        *of_memory(start) = core::ptr::from_mut(table).expose_provenance() as u64 | 3;
    }
    // SAFETY: the tables are the processor's, and one core alone changes them.
    let level2 = unsafe { (&raw mut pvh_level2).as_mut_unchecked() };
    let rest = level2.0.get_mut(image_end.div_ceil(LARGE_BYTES)..);
    rest.unwrap_or_default().iter_mut().for_each(|entry| *entry |= Access::Write.bits());
    forget();
}

/// Takes the page at 0 away, which monitors may have put something in. Nobody has a use for it now.
pub(crate) fn remove_null() {
    if let Some(table) = below(of_memory(0)) {
        table.0[0] = 0;
    }
    forget();
}

/// Maps memory one to one, in large pages, to be read and written.
pub(crate) fn map_memory(memory: Range<usize>) {
    for page in memory.step_by(LARGE_BYTES) {
        *of_memory(page) = page as u64 | LARGE | Access::Write.bits();
    }
}

/// Why something cannot be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapError {
    /// No address reaches it, or there is nothing of it.
    Address,
    /// Memory of this machine lies there.
    Memory,
    /// No memory is left for tables of pages: devices lie in more places than there are tables for.
    Tables,
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "no address reaches it",
            Self::Memory => "it lies in the machine's memory",
            Self::Tables => NO_TABLES,
        })
    }
}

/// Maps memory that somebody shares with this machine, outside of its own, one to one.
///
/// It is mapped in whole pages of 2 MiB. Those that are mapped already stay as they are.
///
/// # Safety
///
/// Nothing else lies in these pages but what is shared so.
pub unsafe fn map_shared(start: usize, size_bytes: usize) -> Result<(), MapError> {
    map_unless_mapped(start, size_bytes, Access::Write)
}

/// Maps the memory of a device one to one, so that it can be read and written, and is not cached.
///
/// It is mapped in whole pages of 2 MiB. Those that another device lies in stay as they are.
///
/// # Safety
///
/// Nothing else lies in these pages but devices.
pub unsafe fn map_device(start: usize, size_bytes: usize) -> Result<(), MapError> {
    map_unless_mapped(start, size_bytes, Access::Device)
}

fn map_unless_mapped(start: usize, size_bytes: usize, access: Access) -> Result<(), MapError> {
    for page in pages(start, size_bytes).ok_or(MapError::Address)? {
        let entry = large(page).ok_or(MapError::Tables)?;
        match *entry {
            0 => *entry = page as u64 | LARGE | access.bits(),
            // Memory is cached, so a device that lies in it would not be told what is written.
            other if access == Access::Device && other & UNCACHED == 0 => {
                return Err(MapError::Memory);
            }
            _ => {}
        }
    }
    forget();
    Ok(())
}

/// Has the processor look at the tables anew.
fn forget() {
    // SAFETY: the register keeps its value; what the processor remembers of the tables is dropped.
    unsafe { asm!("mov rax, cr3", "mov cr3, rax", out("rax") _, options(nostack)) }
}
