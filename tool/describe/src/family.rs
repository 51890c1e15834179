//! Families of kinds, which share a colour.

/// What a kind of device is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Family {
    /// Frames, packets, connections.
    Network,
    /// Sectors, keys, files.
    Storage,
    /// Everything else, and every kind that a program declares itself.
    Other,
}

impl Family {
    /// The family of a kind.
    pub(crate) fn of(kind: &str) -> Self {
        match kind {
            "Net" | "Stack" | "Tcp" | "Udp" | "Flow" | "Listener" => Self::Network,
            "Block" | "KvRead" | "Kv" | "Fs" | "File" => Self::Storage,
            _ => Self::Other,
        }
    }

    /// Its name, in a legend and as a class in a picture.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Storage => "storage",
            Self::Other => "other",
        }
    }
}
