//! The texts of a guest, on their way to the standard streams of the tender.

use sarab_abi::CONSOLE_ERROR;

use crate::memory::Memory;

/// Bytes before each text.
const HEAD_BYTES: u64 = 4;

/// Writes the texts in the first `used` bytes of the buffer at `start`, of which there are `size`.
///
/// What is no text ends it: a guest that garbles its buffer loses what stands behind.
pub(crate) fn take(memory: &Memory, (start, size): (u64, u64), used: u64) {
    let used = used.min(size);
    let mut at = 0;
    while at + HEAD_BYTES <= used {
        let Some(head) = memory.get::<u32>(start + at) else { return };
        let length = u64::from(head & !CONSOLE_ERROR);
        let end = at + HEAD_BYTES + length;
        if end > used {
            return;
        }
        let Some(text) = memory.readable(start + at + HEAD_BYTES, length) else { return };
        let stream =
            if head & CONSOLE_ERROR == 0 { libc::STDOUT_FILENO } else { libc::STDERR_FILENO };
        write_all(stream, text, usize::try_from(length).unwrap_or_default());
        at = end;
    }
}

/// Writes all, and waits where there is no room for it. If nobody listens, it is lost.
pub(crate) fn write_all(stream: i32, mut text: *const u8, mut size: usize) {
    while size > 0 {
        // SAFETY: the kernel reads `size` bytes from `text` on, which the caller has shown to be there.
        let written = unsafe { libc::write(stream, text.cast(), size) };
        match usize::try_from(written) {
            Ok(count) => {
                size = size.saturating_sub(count);
                // SAFETY: no more than `size` were written.
                text = unsafe { text.add(count) };
            }
            Err(_) if is(libc::EINTR) => {}
            Err(_) if is(libc::EAGAIN) => wait_for_room(stream),
            Err(_) => return,
        }
    }
}

fn is(error: i32) -> bool {
    std::io::Error::last_os_error().raw_os_error() == Some(error)
}

/// Waits a moment: whoever reads has made the stream non-blocking, and this is no place for an event
/// loop.
fn wait_for_room(stream: i32) {
    let mut poll = libc::pollfd { fd: stream, events: libc::POLLOUT, revents: 0 };
    let limit = libc::timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    // SAFETY: both pointers are to values of our own.
    unsafe { libc::ppoll(&raw mut poll, 1, &raw const limit, std::ptr::null()) };
}
