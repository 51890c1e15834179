//! What an observer is told of a request.

use core::{error::Error, fmt, net::SocketAddr, time::Duration};

/// A request to a device. As text: `write 8, 512 bytes`.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// What is asked.
    pub verb: Verb,
    /// What it is asked of.
    pub subject: Subject<'a>,
    /// Bytes of the data that go in, or that are asked for; 0 where nothing of either is said.
    pub size_bytes: u64,
    /// The data that go in.
    pub data: &'a [u8],
    /// When it began, as the observer's clock has it.
    pub began: Duration,
}

/// What a device is asked to do: the method, by one name where several traits have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is the method of that name")]
pub enum Verb {
    Read,
    Write,
    WriteThrough,
    Flush,
    Discard,
    Send,
    Recv,
    Get,
    GetRange,
    Metadata,
    List,
    Set,
    Remove,
    Sync,
    Open,
    CreateFolder,
    Rename,
    SetSize,
    Connect,
    Listen,
    Accept,
    Bind,
    Readable,
    Finish,
}

/// What a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// The device as a whole.
    All,
    /// A sector of a disk, a byte of a file, a port of a host.
    Place(u64),
    /// A key or a path.
    Name(&'a str),
    /// The other end.
    Remote(SocketAddr),
}

/// What a device answered.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// It did it.
    Done {
        /// The data that came out.
        data: &'a [u8],
    },
    /// It failed.
    Failed {
        /// Why.
        error: &'a dyn Error,
    },
}

impl fmt::Display for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gap = if self.subject == Subject::All { "" } else { " " };
        write!(f, "{}{gap}{}, {} bytes", self.verb, self.subject, self.size_bytes)
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::WriteThrough => "write_through",
            Self::Flush => "flush",
            Self::Discard => "discard",
            Self::Send => "send",
            Self::Recv => "recv",
            Self::Get => "get",
            Self::GetRange => "get_range",
            Self::Metadata => "metadata",
            Self::List => "list",
            Self::Set => "set",
            Self::Remove => "remove",
            Self::Sync => "sync",
            Self::Open => "open",
            Self::CreateFolder => "create_folder",
            Self::Rename => "rename",
            Self::SetSize => "set_size",
            Self::Connect => "connect",
            Self::Listen => "listen",
            Self::Accept => "accept",
            Self::Bind => "bind",
            Self::Readable => "readable",
            Self::Finish => "finish",
        })
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::Place(place) => write!(f, "{place}"),
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Remote(remote) => write!(f, "{remote}"),
        }
    }
}
