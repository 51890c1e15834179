//! The guest's memory, protected as its parts say.

use std::io;

use sarab_monitor::memory::{Memory, Protection};

/// Gives each part of guest memory its protection, and everything between them none.
///
/// Parts that touch and want the same are protected together: each is a system call.
pub(crate) fn apply(memory: &Memory) -> io::Result<()> {
    let mut spans: Vec<(u64, u64, i32)> = Vec::new();
    let mut end = 0;
    for part in memory.parts() {
        push(&mut spans, (end, part.start, libc::PROT_NONE));
        push(&mut spans, (part.start, part.end, flags(part.protection)));
        end = part.end;
    }
    push(&mut spans, (end, memory.size_bytes(), libc::PROT_NONE));
    let fresh = libc::PROT_READ | libc::PROT_WRITE;
    spans.iter().filter(|span| span.2 != fresh).try_for_each(|span| protect(memory, *span))
}

fn push(spans: &mut Vec<(u64, u64, i32)>, (start, end, flags): (u64, u64, i32)) {
    match spans.last_mut() {
        _ if start == end => {}
        Some(last) if last.2 == flags => last.1 = end,
        _ => spans.push((start, end, flags)),
    }
}

const fn flags(protection: Protection) -> i32 {
    match protection {
        Protection::Read => libc::PROT_READ,
        Protection::ReadExecute => libc::PROT_READ | libc::PROT_EXEC,
        Protection::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
    }
}

fn protect(memory: &Memory, (start, end, flags): (u64, u64, i32)) -> io::Result<()> {
    let in_memory = |offset| usize::try_from(offset).map_err(io::Error::other);
    let (start, size) = (in_memory(start)?, in_memory(end - start)?);
    // SAFETY: the offset lies in guest memory, as parts and the gaps between them do.
    let start = unsafe { memory.host().as_ptr().add(start) };
    // SAFETY: nothing of the tender's own is there.
    match unsafe { libc::mprotect(start.cast(), size, flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
