//! Messages to and from the store (Xen, `io/xs_wire.h`).
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 4 | what it is |
//! | 4 | 4 | a number, which the answer has from its request |
//! | 8 | 4 | the transaction, or 0 |
//! | 12 | 4 | bytes behind it, at most 4096 |
//!
//! | kind | number | behind it | answer |
//! | --- | --- | --- | --- |
//! | list | 1 | path, 0 | names, a 0 behind each |
//! | read | 2 | path, 0 | the value |
//! | watch | 4 | path, 0, token, 0 | `OK`, 0 |
//! | unwatch | 5 | path, 0, token, 0 | `OK`, 0 |
//! | start of a transaction | 6 | 0 | its number as text, 0 |
//! | end of a transaction | 7 | `T` or `F`, 0 | `OK`, 0 |
//! | write | 11 | path, 0, value | `OK`, 0 |
//! | remove | 13 | path, 0 | `OK`, 0 |
//! | event of a watch | 15 | path, 0, token, 0 | |
//! | error | 16 | its name, 0 | |

use alloc::vec::Vec;

use super::{Refusal, StoreError};

/// The most bytes behind a header.
pub(super) const PAYLOAD_BYTES_MAX: usize = 4096;

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 16;

const WATCH_EVENT: u32 = 15;
const ERROR: u32 = 16;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(super) enum Kind {
    Directory = 1,
    Read = 2,
    Watch = 4,
    Unwatch = 5,
    TransactionStart = 6,
    TransactionEnd = 7,
    Write = 11,
    Remove = 13,
}

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header([u32; 4]);

impl Header {
    pub(super) fn new(kind: Kind, id: u32, transaction: u32, size_bytes: usize) -> Self {
        Self([kind as u32, id, transaction, u32::try_from(size_bytes).unwrap_or(u32::MAX)])
    }

    pub(super) fn bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        for (target, word) in bytes.as_chunks_mut().0.iter_mut().zip(self.0) {
            *target = word.to_le_bytes();
        }
        bytes
    }

    /// Returns the header at the start of `bytes`, once it is whole.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let (words, _) = bytes.first_chunk::<HEADER_BYTES>()?.as_chunks::<4>();
        let mut header = [0; 4];
        for (target, &word) in header.iter_mut().zip(words) {
            *target = u32::from_le_bytes(word);
        }
        Some(Self(header))
    }

    pub(super) fn is_event(&self) -> bool {
        self.0[0] == WATCH_EVENT
    }

    pub(super) fn id(&self) -> u32 {
        self.0[1]
    }

    pub(super) fn size_bytes(&self) -> u32 {
        self.0[3]
    }
}

/// Returns what was answered to a request of `kind` on behalf of `path`.
pub(super) fn check(
    kind: Kind,
    path: &str,
    header: &Header,
    payload: Vec<u8>,
) -> Result<Vec<u8>, StoreError> {
    match header.0[0] {
        answered if answered == kind as u32 => Ok(payload),
        ERROR => {
            let name = payload.split(|&byte| byte == 0).next().unwrap_or_default();
            Err(StoreError::Refused { path: path.into(), refusal: Refusal::named(name) })
        }
        _ => Err(StoreError::Garbled { path: path.into() }),
    }
}
