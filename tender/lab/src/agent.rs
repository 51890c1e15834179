//! The agent in a lab: starts the program of the day, and carries what it says.
//!
//! What it is to start stands in the file `/job`, see [`Order`]. It speaks through a port that carries bytes as they are.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use rustix::process::{Pid, Signal, kill_process};

use crate::frame::Frame;

/// Where the order lies in the lab.
pub const ORDER: &str = "job";

/// A program to start in a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The program and its words.
    pub words: Vec<String>,
    /// Variables of its environment.
    pub variables: Vec<(String, String)>,
}

impl Order {
    /// Returns the order as a file: words and `NAME=VALUE`, each behind `w` or `v` and before a zero.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let words = self.words.iter().map(|word| format!("w{word}\0"));
        let variables = self.variables.iter().map(|(name, value)| format!("v{name}={value}\0"));
        words.chain(variables).collect::<String>().into_bytes()
    }

    /// Reads an order back.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut order = Self::default();
        for entry in std::str::from_utf8(bytes).ok()?.split_terminator('\0') {
            if let Some(word) = entry.strip_prefix('w') {
                order.words.push(word.into());
            } else {
                let (name, value) = entry.strip_prefix('v')?.split_once('=')?;
                order.variables.push((name.into(), value.into()));
            }
        }
        Some(order)
    }
}

/// Starts what is ordered, speaks of it through the device at `port`, and returns when it has ended.
pub fn serve(port: &Path) -> Result<(), String> {
    let say = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let bytes = fs::read(Path::new("/").join(ORDER)).map_err(say("/job"))?;
    let order = Order::parse(&bytes).ok_or("the order cannot be read")?;
    let file = OpenOptions::new().read(true).write(true).open(port);
    let file = Arc::new(file.map_err(say("the port"))?);
    let wire = Wire { file: Arc::clone(&file), turn: Arc::default() };
    wire.send(&Frame::Started).map_err(say("the port"))?;
    let status = match start(&order) {
        Ok(child) => attend(child, &wire).map_err(say("waiting"))?,
        Err(error) => {
            let name = order.words.first().map_or("", String::as_str);
            let text = format!("cannot start {name}: {error}\n");
            wire.send(&Frame::Error(text.into())).map_err(say("the port"))?;
            127
        }
    };
    wire.send(&Frame::Ended(status)).map_err(say("the port"))
}

fn start(order: &Order) -> io::Result<Child> {
    let [program, words @ ..] = order.words.as_slice() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut command = Command::new(program);
    command.args(words).envs(order.variables.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// Carries what `child` says, and the signals for it, until it has ended and has said everything.
fn attend(mut child: Child, wire: &Wire) -> io::Result<u8> {
    let carried = [
        child.stdout.take().map(|from| wire.carry(from, Frame::Output)),
        child.stderr.take().map(|from| wire.carry(from, Frame::Error)),
    ];
    let (pid, file) = (Pid::from_child(&child), Arc::clone(&wire.file));
    // It ends with this process.
    thread::spawn(move || pass_on(&file, pid));
    let ended = child.wait()?;
    for thread in carried.into_iter().flatten() {
        let _ = thread.join();
    }
    let code = ended.code().or_else(|| Some(128 + ended.signal()?));
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

/// Passes signals on for as long as they can be read.
fn pass_on(mut file: &File, pid: Pid) {
    while let Ok(frame) = Frame::read(&mut file) {
        let Frame::Signal(number) = frame else { continue };
        if let Some(signal) = Signal::from_named_raw(i32::from(number)) {
            let _ = kill_process(pid, signal);
        }
    }
}

/// The way out, for several threads.
#[derive(Clone)]
struct Wire {
    file: Arc<File>,
    turn: Arc<Mutex<()>>,
}

impl Wire {
    fn send(&self, frame: &Frame) -> io::Result<()> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        frame.write(&*self.file)
    }

    /// Carries what comes `from` there as long as it lasts.
    fn carry(
        &self,
        mut from: impl Read + Send + 'static,
        frame: fn(Vec<u8>) -> Frame,
    ) -> JoinHandle<()> {
        let wire = self.clone();
        thread::spawn(move || {
            let mut piece = vec![0; 16 << 10];
            while let Ok(size @ 1..) = from.read(&mut piece) {
                if wire.send(&frame(piece[..size].into())).is_err() {
                    break;
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let order = Order {
            words: vec!["xl".into(), String::new(), "a b=c\n".into()],
            variables: vec![("A".into(), "b=c".into()), ("B".into(), String::new())],
        };
        assert_eq!(Order::parse(&order.to_bytes()), Some(order));
        assert_eq!(Order::parse(b"x\0"), None);
        assert_eq!(Order::parse(b"vA\0"), None);
    }
}
