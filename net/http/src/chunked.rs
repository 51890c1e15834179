//! The chunked transfer coding, decoded (RFC 9112 §7.1).
//!
//! ```text
//! 5;note=1 CRLF  h e l l o CRLF  ...  0 CRLF  Trailer: value CRLF  CRLF
//! size and extension | data |          last    trailers, passed over | end
//! ```
//!
//! Lines end in CR LF and nothing else: a lone CR or LF that one recipient takes for the end of a
//! line and another does not is how requests are smuggled (RFC 9112 §2.2).

use sarab_device::{Bytes, BytesMut};

/// The most bytes of the line with the size of a chunk and its extensions.
const SIZE_LINE_BYTES_MAX: usize = 256;

/// The most bytes of all trailer fields together.
const TRAILER_BYTES_MAX: usize = 8192;

/// A decoder: what stands next in the bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Chunked {
    /// The line with the size.
    Size,
    /// So many bytes of data.
    Data(u64),
    /// The end of the line after the data.
    DataEnd,
    /// A line of the trailer; so many bytes of it came before.
    Trailer(usize),
    /// Nothing: the body is complete.
    End,
}

/// What the bytes at hand gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A piece of the body, not empty.
    Data(Bytes),
    /// Nothing yet: more bytes are needed.
    More,
    /// The body is complete; what is left of the bytes is not part of it.
    End,
}

/// Why the bytes are no chunked body.
pub(crate) type Malformed = &'static str;

impl Chunked {
    /// Takes from `bytes` what it can.
    pub(crate) fn step(&mut self, bytes: &mut BytesMut) -> Result<Step, Malformed> {
        loop {
            match *self {
                Self::Size => match take_line(bytes, SIZE_LINE_BYTES_MAX)? {
                    Some(line) => *self = after_size(size(&line)?),
                    None => return Ok(Step::More),
                },
                Self::Data(_) if bytes.is_empty() => return Ok(Step::More),
                Self::Data(left) => return Ok(Step::Data(self.data(bytes, left))),
                Self::DataEnd => match take_line(bytes, 0)? {
                    Some(_) => *self = Self::Size,
                    None => return Ok(Step::More),
                },
                Self::Trailer(before) => match take_line(bytes, TRAILER_BYTES_MAX - before)? {
                    Some(line) if line.is_empty() => *self = Self::End,
                    Some(line) => *self = Self::Trailer(before + line.len()),
                    None => return Ok(Step::More),
                },
                Self::End => return Ok(Step::End),
            }
        }
    }

    fn data(&mut self, bytes: &mut BytesMut, left: u64) -> Bytes {
        let count = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let left = left - count as u64;
        *self = if left == 0 { Self::DataEnd } else { Self::Data(left) };
        bytes.split_to(count).freeze()
    }
}

fn after_size(size: u64) -> Chunked {
    if size == 0 { Chunked::Trailer(0) } else { Chunked::Data(size) }
}

/// Takes a line without its end, or nothing while its end is not there.
fn take_line(bytes: &mut BytesMut, length_max: usize) -> Result<Option<BytesMut>, Malformed> {
    match bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        Some(end) if end > length_max => Err("a line of the chunked body is too long"),
        Some(end) if bytes[end] == b'\n' => Err("a line of the chunked body ends without CR"),
        Some(end) => match bytes.get(end + 1) {
            None => Ok(None),
            Some(b'\n') => {
                let line = bytes.split_to(end);
                let _end = bytes.split_to(2);
                Ok(Some(line))
            }
            Some(_) => Err("a CR without LF in a line of the chunked body"),
        },
        None if bytes.len() > length_max => Err("a line of the chunked body is too long"),
        None => Ok(None),
    }
}

/// Reads the size of a chunk; its extensions are passed over (RFC 9112 §7.1.1).
fn size(line: &[u8]) -> Result<u64, Malformed> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    let (digits, rest) = line.split_at(end);
    if digits.is_empty() || digits.len() > 16 {
        return Err("a chunk has no size of 1 to 16 hexadecimal digits");
    }
    match rest.trim_ascii_start().first() {
        None | Some(b';') => Ok(digits.iter().fold(0, |size, digit| size << 4 | hex(*digit))),
        Some(_) => Err("something else than an extension follows the size of a chunk"),
    }
}

fn hex(digit: u8) -> u64 {
    u64::from(char::from(digit).to_digit(16).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The body, and what follows it.
    type Decoded = (Vec<u8>, Vec<u8>);

    /// Decodes `input` that arrives in pieces of `piece` bytes, if it is whole.
    fn decode(input: &[u8], piece: usize) -> Result<Option<Decoded>, Malformed> {
        let (mut decoder, mut bytes, mut body) = (Chunked::Size, BytesMut::new(), Vec::new());
        let mut pieces = input.chunks(piece);
        loop {
            match decoder.step(&mut bytes)? {
                Step::Data(data) => body.extend_from_slice(&data),
                Step::End => {
                    bytes.extend(pieces.flatten());
                    return Ok(Some((body, bytes.to_vec())));
                }
                Step::More => match pieces.next() {
                    Some(piece) => bytes.extend_from_slice(piece),
                    None => return Ok(None),
                },
            }
        }
    }

    #[test]
    fn a_body_is_the_same_however_it_arrives() {
        let input =
            b"5\r\nhello\r\n1 ;a=\"b\"\r\n,\r\n06\r\n world\r\n000\r\nA: b\r\nC: d\r\n\r\nGET";
        for piece in 1..=input.len() {
            let expect = (b"hello, world".to_vec(), b"GET".to_vec());
            assert_eq!(decode(input, piece), Ok(Some(expect)));
        }
    }

    #[test]
    fn a_body_that_is_cut_is_not_complete() {
        let input = b"5\r\nhello\r\n0\r\nA: b\r\n\r\n";
        for length in 0..input.len() {
            assert_eq!(decode(&input[..length], 3), Ok(None), "{length} bytes");
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        let long = [b"5;".to_vec(), [b'a'; 300].to_vec()].concat();
        let trailer = [b"0\r\n".to_vec(), [b'a'; 9000].to_vec()].concat();
        for input in [
            b"\r\n".as_slice(),
            b"x\r\n",
            b"-1\r\n",
            b"+1\r\n",
            b"0x5\r\n",
            b"5 5\r\n",
            b"5\nhello\r\n",
            b"5;a\nb\r\n",
            b"5;a\rb\r\n",
            b"5\r\nhello6",
            b"5\r\nhello\n",
            b"5\r\nhello!\r\n",
            b"00000000000000005\r\n",
            b"0\r\nA: b\n\r\n",
            &long,
            &trailer,
        ] {
            for piece in [1, 4, input.len()] {
                let text = input.escape_ascii();
                assert!(decode(input, piece).is_err(), "{text} by {piece}");
            }
        }
    }
}
