//! A folder with an image, and the program that starts it.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// The machines that every test of a guest is run on.
pub(crate) const MACHINES: [&str; 2] = ["microvm", "q35"];

/// A folder with an image.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn new(image: &[u8]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("image"), image).expect("room");
        Self { folder }
    }

    /// Makes one for a guest to run, or says that the test was skipped.
    pub(crate) fn with_qemu(image: &[u8]) -> Option<Self> {
        let qemu = Command::new("qemu-system-x86_64").arg("--version").output();
        if qemu.is_ok_and(|output| output.status.success()) {
            return Some(Self::new(image));
        }
        sarab_skip::skip("qemu-system-x86_64 is not installed");
        None
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the command with `options`, and `words` for the guest. The processor is always translated.
    pub(crate) fn command(&self, options: &[&str], words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sarab-qemu"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.args(["--accel", "tcg", "--memory", "16MiB"]).args(options);
        command.arg("image").args(words);
        // Signals to the group of the test program are not for it.
        command.process_group(0);
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, options: &[&str], words: &[&str]) -> Said {
        Said::new(&self.command(options, words).output().expect("it starts"))
    }

    /// Starts it with pipes at all its streams.
    pub(crate) fn start(&self, options: &[&str]) -> Running {
        let mut command = self.command(options, &[]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Running(command.spawn().expect("it starts"))
    }
}

/// What the program has said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Said {
    fn new(output: &Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program while it runs.
pub(crate) struct Running(pub(crate) Child);

impl Running {
    /// Sends `bytes` to the guest.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let input = self.0.stdin.as_mut().expect("it is open");
        input.write_all(bytes).expect("it is read");
    }

    /// Waits until the guest has sent `bytes`.
    pub(crate) fn expect(&mut self, bytes: &[u8]) {
        let mut sent = vec![0; bytes.len()];
        self.0.stdout.as_mut().expect("it is open").read_exact(&mut sent).expect("it is sent");
        assert_eq!(sent, bytes);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(process(self.0.id()), signal).expect("it is there");
    }

    /// Returns its child.
    pub(crate) fn qemu(&self) -> Pid {
        let id = self.0.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let children = children.expect("it runs");
        process(children.trim().parse().expect("one child"))
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Said {
        // What is still open of its input must not hold it.
        let (mut out, mut error) = (Vec::new(), Vec::new());
        self.0.stdout.as_mut().expect("open").read_to_end(&mut out).expect("it can be read");
        self.0.stderr.as_mut().expect("open").read_to_end(&mut error).expect("it can be read");
        let status = self.0.wait().expect("it is a child");
        Said::new(&Output { status, stdout: out, stderr: error })
    }
}

/// A test that fails leaves nothing behind.
impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn process(id: u32) -> Pid {
    Pid::from_raw(id.cast_signed()).expect("a process has a number")
}
