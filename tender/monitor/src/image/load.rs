//! Loading an image into the memory of a guest.

use std::{fs::File, io, os::fd::AsRawFd, ptr::NonNull, slice};

use super::{Image, Segment, relocate::Fix};
use crate::{Error, memory::Memory};

/// A file in memory, to read.
pub(super) struct Mapped {
    /// Closed with the mapping, which whoever starts a guest leaves to the kernel.
    _file: File,
    start: NonNull<u8>,
    size_bytes: usize,
}

impl Mapped {
    pub(super) fn new(file: File) -> io::Result<Self> {
        let size_bytes = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        if size_bytes == 0 {
            return Ok(Self { _file: file, start: NonNull::dangling(), size_bytes: 0 });
        }
        let (read, private) = (libc::PROT_READ, libc::MAP_PRIVATE);
        // SAFETY: the kernel chooses a place where nothing is.
        let start = unsafe {
            libc::mmap(std::ptr::null_mut(), size_bytes, read, private, file.as_raw_fd(), 0)
        };
        match NonNull::new(start.cast::<u8>()) {
            Some(place) if start != libc::MAP_FAILED => {
                Ok(Self { _file: file, start: place, size_bytes })
            }
            _ => Err(io::Error::last_os_error()),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: the mapping is there as long as `self`. A file that is shortened meanwhile ends the
        // tender by SIGBUS, before the guest runs; one that is changed is checked as it was and used as
        // it is, so every access to what is in it is checked again.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.size_bytes) }
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        if self.size_bytes > 0 {
            // SAFETY: the mapping is this one's own, and nobody borrows it any more.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.size_bytes) };
        }
    }
}

impl Image {
    /// Copies the image to `at` in guest memory and fills in the addresses that depend on it.
    pub fn load(&self, memory: &Memory, at: u64) -> Result<(), Error> {
        let bytes = self.file.bytes();
        for segment in &self.segments {
            let data = data(bytes, segment).ok_or_else(changed)?;
            memory.fill(at + segment.start, data).ok_or_else(changed)?;
        }
        let applied = self.relocations.for_each(bytes, |fix| {
            let (Fix::To(place, _) | Fix::Here(place)) = fix;
            let is_data = self.segments.iter().any(|segment| segment.contains(place, 8));
            let place = at.checked_add(place).filter(|_| is_data);
            let written = place.and_then(|place| {
                let offset = match fix {
                    Fix::To(_, offset) => offset,
                    Fix::Here(_) => memory.peek(place)?,
                };
                memory.fill(place, &at.wrapping_add(offset).to_le_bytes())
            });
            written.ok_or_else(|| "a relocation lies outside of it".into())
        });
        applied.map_err(|why| Error::image(format_args!("the image cannot be loaded: {why}")))
    }
}

fn data<'a>(bytes: &'a [u8], segment: &Segment) -> Option<&'a [u8]> {
    let start = usize::try_from(segment.file_start).ok()?;
    bytes.get(start..)?.get(..usize::try_from(segment.file_bytes).ok()?)
}

fn changed() -> Error {
    Error::image("the image does not fit the memory, or was changed while it was loaded")
}
