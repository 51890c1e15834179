//! What is done to a file system.

use sarab_crash::Random;

/// What is done to a file system.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operation {
    /// Makes the file if it is not there, and writes to it.
    Write {
        path: &'static str,
        offset: usize,
        size: usize,
        seed: usize,
    },
    Resize {
        path: &'static str,
        size: usize,
    },
    /// Makes the file if it is not there.
    Create(&'static str),
    Folder(&'static str),
    Remove(&'static str),
    Rename(&'static str, &'static str),
    SyncFile(&'static str),
    Sync,
    /// Syncs, and opens the file system again.
    Reopen,
    /// Does it while another task syncs.
    Meanwhile(Box<Self>),
    /// Begins it, and gives it up after so many polls. A write is then to a file that is there.
    GiveUp(u64, Box<Self>),
}

/// Few names, so that operations meet; some are too long for a short name, or not of its letters.
const FILES: [&str; 7] = [
    "A",
    "B.TXT",
    "a long name of a file.data",
    "d/x",
    "d/\u{fc}ber lange Namen.txt",
    "d/e/y",
    "d/A",
];
const FOLDERS: [&str; 3] = ["d", "d/e", "another folder"];

/// Places among the sorts.
const SYNC: usize = 7;
const CREATE: usize = 10;

impl Operation {
    pub(super) const SORTS: [&str; 11] = [
        "write",
        "append",
        "resize",
        "folder",
        "remove",
        "rename",
        "sync file",
        "sync",
        "meanwhile",
        "give up",
        "create",
    ];

    pub(super) fn draw(sort: usize, random: &mut Random) -> Self {
        let path = *random.pick(&FILES);
        let any = if random.one_in(4) { *random.pick(&FOLDERS) } else { path };
        let other = *random.pick(&FILES);
        let sizes = [1, 100, 511, 512, 513, 1500, 4096, 9000];
        let offset = *random.pick(&[0, 0, 0, 300, 512, 2000]);
        match sort {
            0 => {
                let size = *random.pick(&sizes);
                Self::Write { path, offset, size, seed: random.place(200) }
            }
            1 => Self::Write { path, offset: 700, size: 700, seed: random.place(200) },
            2 => Self::Resize { path, size: *random.pick(&[0, 1, 600, 3000]) },
            3 => Self::Folder(random.pick::<&str>(&FOLDERS)),
            4 => Self::Remove(any),
            5 if random.one_in(4) => Self::Rename(any, random.pick::<&str>(&FOLDERS)),
            5 => Self::Rename(any, other),
            6 => Self::SyncFile(path),
            8 => Self::Meanwhile(Box::new(Self::draw(random.place(6), random))),
            9 => {
                let sort = *random.pick(&[0, 1, 2, 3, 4, 5, SYNC, CREATE]);
                let inner = if sort == SYNC { Self::Sync } else { Self::draw(sort, random) };
                Self::GiveUp(random.below(12), Box::new(inner))
            }
            CREATE => Self::Create(path),
            _ if random.one_in(4) => Self::Reopen,
            _ => Self::Sync,
        }
    }

    pub(super) fn alphabet() -> Vec<Self> {
        let write = |path, size, seed| Self::Write { path, offset: 0, size, seed };
        vec![
            write(FILES[0], 700, 1),
            write(FILES[0], 1500, 2),
            write(FILES[2], 600, 3),
            Self::Folder("d"),
            write("d/x", 5, 4),
            Self::Remove(FILES[0]),
            Self::Rename(FILES[0], FILES[2]),
            Self::Rename(FILES[2], "d/x"),
            Self::Resize { path: FILES[0], size: 100 },
            Self::SyncFile(FILES[0]),
            Self::Sync,
        ]
    }

    /// Returns whether it makes durable what was done, and changes nothing.
    pub(super) fn is_sync(&self) -> bool {
        matches!(self, Self::Sync | Self::SyncFile(_) | Self::Reopen)
    }

    /// Returns whether it makes everything durable.
    pub(super) fn is_whole_sync(&self) -> bool {
        matches!(self, Self::Sync | Self::Reopen)
    }

    /// Returns whether a full disk is no reason for it to fail.
    pub(super) fn needs_no_space(&self) -> bool {
        self.is_sync() || matches!(self.inner(), Self::Remove(_) | Self::Sync)
    }

    /// Returns whether it was given up while it changed what is in a file.
    pub(super) fn is_given_up_in_file(&self) -> bool {
        let Self::GiveUp(_, inner) = self else { return false };
        matches!(**inner, Self::Write { .. } | Self::Resize { .. })
    }

    /// Returns what it does, whatever else is going on.
    pub(super) fn inner(&self) -> &Self {
        if let Self::Meanwhile(inner) | Self::GiveUp(_, inner) = self { inner } else { self }
    }

    /// Returns what a write writes: no two writes the same at one place, so far as it goes.
    pub(super) fn data(&self) -> Vec<u8> {
        let Self::Write { size, seed, .. } = self else { return Vec::new() };
        let byte = |at: usize| u8::try_from((seed + at / 512 * 31) % 251 + 1).unwrap_or(1);
        (0..*size).map(byte).collect()
    }
}
