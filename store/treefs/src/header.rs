//! The header of a file system: the table of that name in `FORMAT.md`.

use crate::{FsError, chunk::CHUNK_BYTES};

const VERSION: u32 = 1;

/// Returns the header of a new file system.
pub(crate) fn encode() -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&VERSION.to_le_bytes());
    bytes[4..8].copy_from_slice(&CHUNK_BYTES.to_le_bytes());
    bytes
}

/// Checks that this code knows a file system with that header.
pub(crate) fn check<E>(bytes: &[u8]) -> Result<(), FsError<E>> {
    let word = |at: usize| bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word));
    let fields = (|| {
        let features = u64::from_le_bytes(*bytes.get(8..)?.first_chunk()?);
        Some((word(0)?, word(4)?, features))
    })();
    match fields {
        None => Err(FsError::Damaged { inode: 0 }),
        Some((VERSION, CHUNK_BYTES, 0)) => Ok(()),
        Some((version, chunk_bytes, features)) => {
            Err(FsError::Unknown { version, chunk_bytes, features })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_opened() {
        let sound = encode();
        assert_eq!(check::<()>(&sound), Ok(()));
        for at in [0, 4, 8, 15] {
            let mut other = sound;
            other[at] ^= 0x80;
            assert!(matches!(check::<()>(&other), Err(FsError::Unknown { .. })), "byte {at}");
        }
        assert_eq!(check::<()>(&sound[..15]), Err(FsError::Damaged { inode: 0 }));
    }
}
