//! Writing to the terminal, or to what stands in its place.

use std::os::fd::AsFd;

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::{Errno, write},
};

/// Writes all of `text`, and waits where there is no room for it. If nobody listens, it is lost.
///
/// It goes past the buffers of the standard library, which panic where a pipe is closed.
pub(crate) fn write_all(to: impl AsFd, text: &str) {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match write(&to, rest) {
            Ok(size) => rest = &rest[size..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                let _ = poll(&mut [PollFd::new(&to, PollFlags::OUT)], None);
            }
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{ErrorKind, Read, Write},
        os::unix::net::UnixStream,
        thread,
    };

    use super::*;

    #[test]
    fn text_for_a_closed_pipe_is_lost_without_a_panic() {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        drop(theirs);
        write_all(&ours, "nobody reads this");
    }

    #[test]
    fn a_slow_reader_gets_all() {
        let (mut ours, mut theirs) = UnixStream::pair().expect("a pair of sockets");
        ours.set_nonblocking(true).expect("a socket need not block");
        let mut filled = 0;
        let full = loop {
            match ours.write(&[b'.'; 4096]) {
                Ok(size) => filled += size,
                Err(error) => break error,
            }
        };
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        let reader = thread::spawn(move || {
            let mut all = String::new();
            theirs.read_to_string(&mut all).map(|_| all)
        });
        write_all(&ours, "the end");
        drop(ours);
        let all = reader.join().expect("it does not panic").expect("text");
        assert_eq!(all.len(), filled + 7);
        assert!(all.ends_with("the end"));
    }
}
