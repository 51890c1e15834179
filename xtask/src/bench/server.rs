//! A server under test: started on its core, and how much processor time it has used.

use std::{
    fs,
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The core that servers run on.
const CORE: &str = "0";

/// How long a server may take to be ready.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long to try to connect before trying anew: a server that was not there the first time is
/// asked again at once, and not when TCP would.
const ATTEMPT: Duration = Duration::from_millis(2);

/// A running server. Dropping it ends it.
pub(super) struct Server {
    child: Child,
    /// Time from its start until it was ready.
    pub(super) until_ready: Duration,
}

impl Server {
    /// Starts it, and waits until it takes a connection.
    pub(super) fn start(name: &str, words: &[String], address: SocketAddr) -> Result<Self, String> {
        Self::start_until(name, words, || TcpStream::connect_timeout(&address, ATTEMPT).is_ok())
    }

    /// Starts it, and waits until it is ready.
    pub(super) fn start_until(
        name: &str,
        words: &[String],
        is_ready: impl Fn() -> bool,
    ) -> Result<Self, String> {
        let began = Instant::now();
        let child = Command::new("taskset")
            .args(["--cpu-list", CORE])
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {name}: {error}"))?;
        let mut server = Self { child, until_ready: Duration::ZERO };
        while !is_ready() {
            if let Ok(Some(status)) = server.child.try_wait() {
                return Err(format!("{name} ended with {status} before it was ready"));
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{name} is not ready after {PATIENCE:?}"));
            }
            std::thread::yield_now();
        }
        server.until_ready = began.elapsed();
        Ok(server)
    }

    /// Returns the processor time, in user and system mode, that it and its children have used.
    pub(super) fn cpu(&self) -> Result<Duration, String> {
        let mut total = Duration::ZERO;
        for process in self.processes()? {
            total += cpu(&process)?;
        }
        Ok(total)
    }

    /// Returns the numbers of the server and of its workers.
    fn processes(&self) -> Result<Vec<String>, String> {
        let id = self.child.id().to_string();
        let file = format!("/proc/{id}/task/{id}/children");
        let children = fs::read_to_string(&file).map_err(|error| format!("{file}: {error}"))?;
        Ok(children.split_whitespace().map(str::to_string).chain([id]).collect())
    }
}

/// Sums what the threads of a process have used, in nanoseconds (proc(5), schedstat).
fn cpu(process: &str) -> Result<Duration, String> {
    let folder = format!("/proc/{process}/task");
    let threads = fs::read_dir(&folder).map_err(|error| format!("{folder}: {error}"))?;
    let mut nanos = 0;
    for thread in threads.flatten() {
        let text = fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        let field = text.split_whitespace().next().and_then(|field| field.parse::<u64>().ok());
        nanos += field.unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanos))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
