//! What goes wrong with folders.

use std::{fmt, path::PathBuf};

use rustix::io::Errno;
use sarab_device::{Error, ErrorKind};

use crate::device::errno;

/// Why a folder cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenFolderError {
    /// No folder of the host stands for it.
    Unattached {
        /// The folder.
        name: String,
    },
    /// The host refused.
    Host {
        /// The folder.
        name: String,
        /// The host's folder.
        path: PathBuf,
        /// Why.
        cause: Errno,
    },
}

impl fmt::Display for OpenFolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unattached { name } => write!(
                f,
                "nothing stands for folder `{name}`; attach one with `--folder {name}=PATH`"
            ),
            Self::Host { name, path, cause: Errno::NOENT } => write!(
                f,
                "{path}: no such folder; make it with `mkdir -p {path}`, or attach another with \
                 `--folder {name}=PATH`",
                path = path.display()
            ),
            Self::Host { path, cause, .. } => {
                write!(f, "{}: {}", path.display(), errno::words(*cause))
            }
        }
    }
}

impl std::error::Error for OpenFolderError {}

impl Error for OpenFolderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unattached { .. } => ErrorKind::NotFound,
            Self::Host { cause, .. } => errno::kind(*cause),
        }
    }
}

/// What goes wrong in an open folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderError {
    /// The folder.
    pub folder: String,
    /// The key or the path in it.
    pub path: String,
    /// What was asked.
    pub request: &'static str,
    /// Why it failed.
    pub cause: Errno,
    pub(super) kind: ErrorKind,
}

impl FolderError {
    pub(super) fn new(folder: &str, path: &str, request: &'static str, cause: Errno) -> Self {
        let (folder, path) = (folder.into(), path.into());
        let kind = match cause {
            Errno::XDEV => ErrorKind::InvalidInput,
            Errno::FBIG => ErrorKind::NoSpace,
            cause => errno::kind(cause),
        };
        Self { folder, path, request, cause, kind }
    }

    /// Makes it one of a store, where a folder in place of a value is something that is there.
    pub(super) fn in_the_way(self) -> Self {
        let kind = match self.cause {
            Errno::ISDIR | Errno::NOTDIR | Errno::NOTEMPTY => ErrorKind::AlreadyExists,
            _ => self.kind,
        };
        Self { kind, ..self }
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, path, request, cause, .. } = self;
        if *cause == Errno::XDEV {
            return write!(f, "cannot {request} `{path}`: it leads out of folder `{folder}`");
        }
        write!(f, "cannot {request} `{path}` in folder `{folder}`: {}", errno::words(*cause))
    }
}

impl std::error::Error for FolderError {}

impl Error for FolderError {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
}
