//! Of the notes that a client has put: each that was answered is there, as it was put last.

use std::{
    collections::BTreeMap,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    process::Command,
    time::Duration,
};

use sarab_acceptance::{process::Process, survival::Witness};

/// How many notes there are at a time.
const NOTES: u64 = 16;

/// How long an answer may take while nobody is killed; it bounds a test that has gone wrong.
const PATIENCE: Duration = Duration::from_mins(1);

/// After so long without an answer who was asked counts as dead: a machine that is gone says no word.
const LAST_WORD: Duration = Duration::from_secs(2);

/// A note as it is, or none.
type Note = Option<String>;

/// A client that remembers.
pub(crate) struct Notes<C> {
    command: C,
    address: SocketAddr,
    /// What each name may stand for: what was answered last, and behind it what was asked for since.
    known: BTreeMap<String, Vec<Note>>,
    promised: u64,
}

impl<C: Fn() -> Command> Notes<C> {
    pub(crate) fn new(command: C, address: SocketAddr) -> Self {
        Self { command, address, known: BTreeMap::new(), promised: 0 }
    }

    /// Returns how many changes were promised.
    pub(crate) fn promised(&self) -> u64 {
        self.promised
    }

    /// Makes one change after the other, until one is not answered.
    fn change(&mut self) -> io::Result<()> {
        let mut connection = Connection::open(self.address, LAST_WORD)?;
        loop {
            let turn = self.promised + 1;
            let name = format!("note-{}", turn % NOTES);
            // Each fifth is removed; the others grow past a page now and then.
            let length = usize::try_from(turn % 7).unwrap_or_default() * 1000;
            let text = (!turn.is_multiple_of(5)).then(|| format!("{turn} {}", "x".repeat(length)));
            let known = self.known.entry(name.clone()).or_insert_with(|| vec![None]);
            known.push(text.clone());
            let method = if text.is_some() { "PUT" } else { "DELETE" };
            let (status, _) =
                connection.ask(method, &format!("/notes/{name}"), text.as_deref().unwrap_or(""))?;
            assert_eq!(status, 204, "{method} {name}");
            *known = vec![text];
            self.promised = turn;
        }
    }
}

impl<C: Fn() -> Command> Witness for Notes<C> {
    fn command(&self) -> Command {
        (self.command)()
    }

    fn check(&mut self, guest: &mut Process) {
        guest.wait_for("listening on port");
        let mut connection = Connection::open(self.address, PATIENCE).expect("it listens");
        let mut ask = |path: &str| connection.ask("GET", path, "").expect("it answers");
        let (_, listed) = ask("/notes/");
        for (name, known) in &mut self.known {
            let (status, text) = ask(&format!("/notes/{name}"));
            let found: Note = (status == 200).then_some(text);
            assert!(known.contains(&found), "{name} is {found:?}, and may be {known:?}");
            assert_eq!(found.is_some(), listed.lines().any(|line| line == name), "{name}");
            *known = vec![found];
        }
    }

    fn work(&mut self) {
        // It ends by the death of who was asked.
        let _ = self.change();
    }
}

/// A connection for one request after the other.
struct Connection {
    stream: TcpStream,
}

impl Connection {
    fn open(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, patience)?;
        stream.set_read_timeout(Some(patience))?;
        Ok(Self { stream })
    }

    /// Returns the status and the content of the answer.
    fn ask(&mut self, method: &str, path: &str, content: &str) -> io::Result<(u16, String)> {
        let length = content.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: notes\r\ncontent-length: {length}");
        self.stream.write_all(format!("{head}\r\n\r\n{content}").as_bytes())?;
        let head = self.head()?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
        });
        let mut content = vec![0; length.unwrap_or_default()];
        self.stream.read_exact(&mut content)?;
        let content = String::from_utf8(content).map_err(io::Error::other)?;
        Ok((status.ok_or(io::ErrorKind::InvalidData)?, content))
    }

    /// Reads up to the empty line.
    fn head(&mut self) -> io::Result<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.stream.read_exact(&mut byte)?;
            head.extend(byte);
        }
        String::from_utf8(head).map_err(io::Error::other)
    }
}
