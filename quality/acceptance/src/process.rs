//! A running program: what it prints, what it is told, how it ends.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    iter,
    process::{Child, Command, Output, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

/// How long a line may be in coming. It bounds a test that has gone wrong; none waits for it
/// otherwise.
const PATIENCE: Duration = Duration::from_mins(10);

/// A running program. Dropping it ends it.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
}

impl Process {
    /// Starts a program.
    #[must_use]
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().expect("the program starts");
        let (sender, lines) = mpsc::channel();
        let streams: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().expect("it is piped")),
            Box::new(child.stderr.take().expect("it is piped")),
        ];
        for stream in streams {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits for a line that contains `text`, on either stream, and returns it.
    pub fn wait_for(&mut self, text: &str) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(why) => panic!("no line with {text:?} ({why}); it said: {:#?}", self.seen),
            }
        }
    }

    /// Sends it a signal by name, as Ctrl-C sends `INT`.
    pub fn signal(&self, name: &str) {
        refuse_ignored(name);
        signal(self.child.id(), name);
    }

    /// Returns the unikernel that it runs: itself, or the last one of a chain of programs that each start the next.
    #[must_use]
    pub fn innermost(&self) -> u32 {
        self.chain().last().unwrap_or_else(|| self.child.id())
    }

    /// Its process, the first one that it has started, and so on.
    fn chain(&self) -> impl Iterator<Item = u32> {
        iter::successors(Some(self.child.id()), |process| child_of(*process))
    }

    /// Waits for its end and returns the exit status with all that it said.
    pub fn end(&mut self) -> (Option<i32>, Vec<String>) {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.seen.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!(
                    "it says nothing more and does not end; its processes: {:#?}; it said: {:#?}",
                    self.chain().map(state).collect::<Vec<_>>(),
                    self.seen
                ),
            }
        }
        let status = self.child.wait().expect("it can be waited for");
        (status.code(), std::mem::take(&mut self.seen))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Fails if this program, and so all that it starts, was told to ignore a signal that asks to end: a test would wait
/// for ever for what it does.
fn refuse_ignored(name: &str) {
    let names = ["HUP", "INT", "QUIT", "TERM"].into_iter().zip([1, 2, 3, 15]);
    let Some((_, number)) = names.into_iter().find(|(known, _)| *known == name) else { return };
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = text.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    assert!(
        mask & 1 << (number - 1) == 0,
        "SIG{name} is ignored here, as by all that a shell runs in the background; \
         `cargo xtask test` runs tests without that"
    );
}

/// Sends a signal by name to a process that runs.
pub fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(status.expect("kill starts").success(), "kill -s {name} {process}");
}

/// Returns a process with its name and what it does (`status` in proc(5)).
fn state(process: u32) -> String {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let told = text.lines().filter(|line| line.starts_with("Name:") || line.starts_with("State:"));
    format!("{process} {}", told.collect::<Vec<_>>().join(" "))
}

/// Returns the first child that a process has, whichever of its threads has started it (proc(5)).
fn child_of(process: u32) -> Option<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?;
    threads.flatten().find_map(|thread| {
        let children = fs::read_to_string(thread.path().join("children")).ok()?;
        children.split_whitespace().next()?.parse().ok()
    })
}

/// Runs a program to its end.
#[must_use]
pub fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().expect("the program starts")
}

/// Runs a program that must succeed and returns what it printed.
pub fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}: {error}", output.status);
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// Runs a program that must fail with `status` and returns what it said on standard error.
pub fn fail(command: &mut Command, status: i32) -> String {
    let output = run(command);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(status), "{command:?} said: {error}");
    error
}
