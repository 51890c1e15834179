//! What is linked into an image.

pub mod events;
mod heap;
mod image;
pub mod memory;
mod one_core;
pub mod panic;
mod place;

pub use heap::Heap;
#[doc(hidden)]
pub use image::Note;
pub use one_core::OneCore;
pub use place::{Kind, first_missing, place};
/// A device that the host must attach.
pub use sarab_abi::manifest::Entry as Resource;
#[doc(hidden)]
pub use sarab_abi::manifest::size_bytes as manifest_bytes;

/// Defines the symbols that the prebuilt libraries expect. An image says it once.
///
/// `_Unwind_Resume` and `rust_eh_personality` are never reached: an image is compiled with
/// `panic = "abort"`, the prebuilt libraries are not, and refer to them.
#[macro_export]
macro_rules! symbols {
    () => {
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            // SAFETY: the contract of `memcpy` is stricter than that of `copy`.
            unsafe { $crate::memory::copy(to, from, count) }
        }
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
            // SAFETY: the contract is the same.
            unsafe { $crate::memory::copy(to, from, count) }
        }
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
            // SAFETY: the contract is the same.
            unsafe { $crate::memory::fill(to, byte, count) }
        }
        #[unsafe(no_mangle)]
        unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
            // SAFETY: the contract is the same.
            unsafe { $crate::memory::compare(left, right, count) }
        }
        #[unsafe(no_mangle)]
        unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
            // SAFETY: the contract is the same.
            unsafe { $crate::memory::compare(left, right, count) }
        }
        #[unsafe(no_mangle)]
        unsafe extern "C" fn strlen(text: *const u8) -> usize {
            // SAFETY: the contract is the same.
            unsafe { $crate::memory::length(text) }
        }
        #[unsafe(no_mangle)]
        extern "C" fn _Unwind_Resume() -> ! {
            ::core::unreachable!("nothing unwinds")
        }
        #[unsafe(no_mangle)]
        extern "C" fn rust_eh_personality() {}
    };
}
