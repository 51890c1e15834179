//! Asking for pages, by a few at a time.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use crate::bench::{load::Manner, stream::connect};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was asked for and came.
pub(super) struct Load {
    requests: usize,
    took: Duration,
    /// The latency that half of the requests stayed under.
    pub(super) p50: Duration,
}

impl Load {
    #[expect(clippy::cast_precision_loss, reason = "it is far from 2 to the 53")]
    pub(super) fn requests(&self) -> f64 {
        self.requests as f64
    }

    pub(super) fn per_second(&self) -> f64 {
        self.requests() / self.took.as_secs_f64()
    }
}

/// Asks for the page at `address` for so long.
pub(super) fn ask(address: SocketAddr, time: Duration, manner: Manner) -> Result<Load, String> {
    let begun = Instant::now();
    let until = begun + time;
    let asking = |_| thread::spawn(move || ask_alone(address, until, manner.closes));
    let threads: Vec<_> = (0..manner.connections).map(asking).collect();
    let mut latencies = Vec::new();
    for thread in threads {
        let alone = thread.join().map_err(|_| "asking for pages panicked")?;
        latencies.extend(alone.map_err(|error| format!("asking {address}: {error}"))?);
    }
    latencies.sort_unstable();
    let p50 = latencies.get(latencies.len() / 2).copied().ok_or("no page came in time")?;
    Ok(Load { requests: latencies.len(), took: begun.elapsed(), p50 })
}

/// Asks by one connection at a time; returns the latencies.
fn ask_alone(address: SocketAddr, until: Instant, closes: bool) -> io::Result<Vec<Duration>> {
    let (mut latencies, mut kept) = (Vec::new(), None);
    while Instant::now() < until {
        let begun = Instant::now();
        let mut stream = match kept.take() {
            Some(stream) => stream,
            None => connect(address, PATIENCE)?,
        };
        stream.set_nodelay(true)?;
        let request = if closes { ASK_ONCE } else { ASK };
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        while !is_whole(&answer) {
            take(&mut stream, &mut answer)?;
        }
        if closes {
            stream.read_to_end(&mut answer)?;
        } else {
            kept = Some(stream);
        }
        latencies.push(begun.elapsed());
    }
    Ok(latencies)
}

const ASK: &str = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
const ASK_ONCE: &str = "GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n";

/// Reads what has come.
fn take(stream: &mut TcpStream, answer: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 16 << 10];
    match stream.read(&mut piece)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => {
            answer.extend_from_slice(&piece[..count]);
            Ok(())
        }
    }
}

/// Tells whether an answer has come as a whole, by what it says of its length.
fn is_whole(answer: &[u8]) -> bool {
    const END: &[u8] = b"\r\n\r\n";
    let Some(end) = answer.windows(END.len()).position(|it| it == END) else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.and_then(|length| length.trim().parse::<usize>().ok()).unwrap_or(0);
    answer.len() >= end + END.len() + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_with_its_last_byte() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        assert!(is_whole(answer));
        assert!(!is_whole(&answer[..answer.len() - 1]) && !is_whole(b"HTTP/1.1 200 OK\r\n"));
    }
}
