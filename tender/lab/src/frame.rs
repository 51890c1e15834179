//! What a lab and the [agent](crate::agent) in it say to each other.
//!
//! | byte | size | holds |
//! | --- | --- | --- |
//! | 0 | 1 | kind |
//! | 1 | 4 | bytes in what follows, little-endian; at most 64 KiB |
//! | 5 | | that |
//!
//! | kind | from | holds |
//! | --- | --- | --- |
//! | 0 | agent | nothing: the program starts |
//! | 1 | agent | a piece of what it says on its standard output |
//! | 2 | agent | the same of its standard error |
//! | 3 | agent | its status, a byte: it has ended, and everything that it said was sent |
//! | 4 | lab | a signal for it, a byte |

use std::io::{self, Read, Write};

/// The most bytes behind a head.
const CONTENT_BYTES_MAX: usize = 64 << 10;

/// Something said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The program starts.
    Started,
    /// A piece of its standard output.
    Output(Vec<u8>),
    /// A piece of its standard error.
    Error(Vec<u8>),
    /// It has ended with this status.
    Ended(u8),
    /// It is to get this signal.
    Signal(u8),
}

impl Frame {
    /// Writes the frame at once. A piece has at most 64 KiB.
    pub fn write(&self, mut to: impl Write) -> io::Result<()> {
        let (kind, content) = match self {
            Self::Started => (0, &[][..]),
            Self::Output(piece) => (1, &piece[..]),
            Self::Error(piece) => (2, &piece[..]),
            Self::Ended(status) => (3, std::slice::from_ref(status)),
            Self::Signal(number) => (4, std::slice::from_ref(number)),
        };
        let size = u32::try_from(content.len()).map_err(io::Error::other)?;
        let mut bytes = vec![kind];
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(content);
        to.write_all(&bytes)?;
        to.flush()
    }

    /// Reads the next frame. The end, even in the middle of one, is an error.
    pub fn read(mut from: impl Read) -> io::Result<Self> {
        let mut head = [0; 5];
        from.read_exact(&mut head)?;
        let [kind, size @ ..] = head;
        let size = usize::try_from(u32::from_le_bytes(size)).map_err(io::Error::other)?;
        if size > CONTENT_BYTES_MAX {
            return Err(io::Error::other(format!("a frame of {size} bytes")));
        }
        let mut content = vec![0; size];
        from.read_exact(&mut content)?;
        match (kind, content.as_slice()) {
            (0, []) => Ok(Self::Started),
            (1, _) => Ok(Self::Output(content)),
            (2, _) => Ok(Self::Error(content)),
            (3, [status]) => Ok(Self::Ended(*status)),
            (4, [number]) => Ok(Self::Signal(*number)),
            _ => Err(io::Error::other(format!("a frame of kind {kind} with {size} bytes"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let frames = [
            Frame::Started,
            Frame::Output(b"a\0b\n".into()),
            Frame::Error(Vec::new()),
            Frame::Signal(15),
            Frame::Ended(130),
        ];
        let mut bytes = Vec::new();
        for frame in &frames {
            frame.write(&mut bytes).unwrap();
        }
        let mut rest = bytes.as_slice();
        for frame in frames {
            assert_eq!(Frame::read(&mut rest).unwrap(), frame);
        }
        assert!(Frame::read(&mut rest).is_err());
    }

    #[test]
    fn nonsense_is_an_error_and_takes_no_memory() {
        for bytes in [
            &[1, 0, 0, 0][..],
            &[1, 255, 255, 255, 255],
            &[1, 2, 0, 0, 0, b'a'],
            &[3, 0, 0, 0, 0],
            &[0, 1, 0, 0, 0, 0],
            &[9, 0, 0, 0, 0],
        ] {
            assert!(Frame::read(bytes).is_err(), "{bytes:?}");
        }
    }
}
