//! Guest physical memory, of which the guest sees only what its page tables say.
//!
//! | at | what |
//! | --- | --- |
//! | 0 | the supervisor's pages, then the page tables |
//! | next 2 MiB | the guest's memory |
//! | next GiB | nothing: the doorbell's page, then the one for faults |

use crate::{
    memory::{GuestMemory, PAGE_BYTES, Protection},
    pages::Pages,
    supervisor::{self, Supervisor},
    table::{self, LARGE_BYTES, Rights, Run, Tables},
};
use std::io;

const GIB: u64 = 1 << 30;

/// What is where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Physical {
    /// The guest's memory. Its offset in a large page is the one that virtual addresses have.
    pub(crate) memory: u64,
    /// Where the guest rings.
    pub(crate) doorbell: u64,
    /// Where a stub says its vector.
    pub(crate) fault: u64,
}

impl Physical {
    /// Finds a place for everything.
    pub(crate) fn new(memory: &GuestMemory) -> Self {
        let start = size_for(memory).next_multiple_of(LARGE_BYTES);
        let end = (start + memory.size()).next_multiple_of(GIB);
        Self { memory: start, doorbell: end, fault: end + PAGE_BYTES }
    }

    /// The page table that the processor starts from.
    pub(crate) const ROOT: u64 = supervisor::PAGES * PAGE_BYTES;

    /// Makes the supervisor's pages, with tables for them and for `memory`.
    pub(crate) fn build(self, memory: &GuestMemory, supervisor: Supervisor) -> io::Result<Pages> {
        let mut pages = Pages::below(memory.host(), self.memory)?;
        supervisor.write(&mut pages);
        let mut tables = Tables::new(&mut pages, Self::ROOT);
        map_guest(&mut tables, memory, self.memory);
        let mut page = |at, to, rights| tables.map(Run { at, to, size: PAGE_BYTES, rights });
        page(memory.doorbell(), self.doorbell, Rights::USER_WRITE);
        page(supervisor.doorbell(), self.fault, Rights::SUPERVISOR_WRITE);
        for (number, rights) in Supervisor::MAPPED {
            let offset = number * PAGE_BYTES;
            page(supervisor.base + offset, offset, rights);
        }
        Ok(pages)
    }
}

/// An upper bound. Pages that stay unused cost nothing.
fn size_for(memory: &GuestMemory) -> u64 {
    let guest = table::tables_for(memory.size() + 2 * PAGE_BYTES);
    let supervisor = table::tables_for((supervisor::PAGES + 1) * PAGE_BYTES);
    (supervisor::PAGES + 1 + guest + supervisor) * PAGE_BYTES
}

fn map_guest(tables: &mut Tables, memory: &GuestMemory, physical: u64) {
    for region in memory.regions() {
        let rights = match region.protection {
            Protection::Read => Rights::USER_READ,
            Protection::ReadExecute => Rights::USER_EXECUTE,
            Protection::ReadWrite => Rights::USER_WRITE,
        };
        let at = memory.base() + region.offset;
        tables.map(Run { at, to: physical + region.offset, size: region.size, rights });
    }
}
