//! The host's errors in the words of devices.

use std::io;

use rustix::io::Errno;
use sarab_device::ErrorKind;

/// Returns what a caller can do about `error`.
pub(crate) fn kind(error: Errno) -> ErrorKind {
    match error {
        Errno::INVAL | Errno::MSGSIZE | Errno::NAMETOOLONG | Errno::ISDIR | Errno::NOTEMPTY => {
            ErrorKind::InvalidInput
        }
        Errno::FBIG | Errno::AFNOSUPPORT => ErrorKind::InvalidInput,
        Errno::NOENT | Errno::NOTDIR | Errno::NXIO | Errno::NODEV => ErrorKind::NotFound,
        Errno::EXIST => ErrorKind::AlreadyExists,
        Errno::ROFS | Errno::ACCESS | Errno::PERM => ErrorKind::ReadOnly,
        Errno::NOSPC | Errno::DQUOT => ErrorKind::NoSpace,
        Errno::BADMSG | Errno::ILSEQ => ErrorKind::Corrupt,
        Errno::CONNREFUSED => ErrorKind::Refused,
        Errno::CONNRESET | Errno::CONNABORTED | Errno::PIPE | Errno::NOTCONN => {
            ErrorKind::Disconnected
        }
        Errno::TIMEDOUT => ErrorKind::TimedOut,
        Errno::ADDRINUSE | Errno::BUSY | Errno::TXTBSY => ErrorKind::InUse,
        Errno::NOSYS | Errno::OPNOTSUPP => ErrorKind::Unsupported,
        _ => ErrorKind::Failed,
    }
}

/// Returns `error` as the end of a sentence: in lower case and without its number.
pub(crate) fn words(error: Errno) -> String {
    let text = io::Error::from(error).to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let is_word = letters.clone().nth(1).is_some_and(char::is_lowercase);
    match letters.next() {
        Some(first) if is_word => first.to_lowercase().chain(letters).collect(),
        _ => text.into(),
    }
}

/// Returns the number of `error`, or that of a broken device where it has none.
pub(crate) fn of(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_read_as_the_end_of_a_sentence() {
        assert_eq!(words(Errno::NOENT), "no such file or directory");
        assert_eq!(words(Errno::ADDRINUSE), "address already in use");
    }
}
