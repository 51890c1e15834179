//! The other end of streams, and a first page.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// How long a guest may be silent.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are read or written at once.
const PIECE_BYTES: usize = 256 * 1024;

/// What went from one to the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moved {
    bytes: usize,
    pub(super) took: Duration,
}

impl Moved {
    #[expect(clippy::cast_precision_loss, reason = "it is far from 2 to the 53")]
    pub(super) fn mib(self) -> f64 {
        self.bytes as f64 / f64::from(1 << 20)
    }
}

/// Connects within `limit`, or does not: who may not be there yet is asked again soon, and not when TCP would.
pub(super) fn connect(address: SocketAddr, limit: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Connects within `limit` and asks for a page; tells whether one came.
pub(super) fn answers(address: SocketAddr, limit: Duration) -> bool {
    let ask = || {
        let mut stream = connect(address, limit)?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(b"GET / HTTP/1.0\r\nHost: bench\r\n\r\n")?;
        let mut start = [0; 15];
        stream.read_exact(&mut start)?;
        Ok::<_, io::Error>(
            start.starts_with(b"HTTP/1.") && start.ends_with(b" 200 OK"[..].as_ref()),
        )
    };
    ask().unwrap_or(false)
}

/// Sends for `time`, and waits until the guest has read all of it.
pub(super) fn send(address: SocketAddr, time: Duration) -> Result<Moved, String> {
    let send = || {
        let mut stream = connect(address, PATIENCE)?;
        let piece = vec![0x5a; PIECE_BYTES];
        let (begun, mut bytes) = (Instant::now(), 0);
        while begun.elapsed() < time {
            bytes += stream.write(&piece)?;
        }
        stream.shutdown(Shutdown::Write)?;
        // The guest ends its direction when it has seen the end of the other.
        stream.read_to_end(&mut Vec::new())?;
        Ok(Moved { bytes, took: begun.elapsed() })
    };
    send().map_err(|error: io::Error| format!("sending to {address}: {error}"))
}

/// Takes what comes for `time`.
pub(super) fn take(address: SocketAddr, time: Duration) -> Result<Moved, String> {
    let take = || {
        let mut stream = connect(address, PATIENCE)?;
        let mut piece = vec![0; PIECE_BYTES];
        let (begun, mut bytes) = (Instant::now(), 0);
        while begun.elapsed() < time {
            match stream.read(&mut piece)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => bytes += count,
            }
        }
        Ok(Moved { bytes, took: begun.elapsed() })
    };
    take().map_err(|error: io::Error| format!("taking from {address}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn what_was_sent_counts_when_it_has_been_read() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let sink = thread::spawn(move || {
            let (mut peer, _) = listener.accept().expect("a connection");
            io::copy(&mut peer, &mut io::sink()).expect("it can be read")
        });
        let moved = send(address, Duration::from_millis(1)).expect("it is read");
        assert_eq!(sink.join().expect("it ends"), moved.bytes as u64);
        assert!(moved.bytes > 0);
    }
}
