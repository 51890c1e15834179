//! The files on an image, whatever keeps them: FAT, files in a store, values in a store.

mod file;
mod values;

use std::{fmt, time::SystemTime};

use clap::ArgMatches;
use sarab_device::{Entry, Error, ErrorKind, Fs, Metadata, Open, WallTime};
use sarab_disk::Cache;
use sarab_fat::{Fat, FatError};
use sarab_kit::{Problem, Voice};
use sarab_tree::{Keyspace, Options, Tree};
use sarab_treefs::TreeFs;

use crate::{
    host::Access,
    kind::Kind,
    path,
    place::Place,
    stack::{self, Layer},
};
use file::VolumeFile;
use values::Values;

/// A disk as a file system sees it.
pub(crate) type Disk = Cache<Layer>;

/// The files on an image.
pub(crate) enum Volume {
    /// A FAT volume.
    Fat(Fat<Disk>),
    /// Files in a store.
    Files(TreeFs<Disk>),
    /// Values in a store, the parts of whose keys are taken for folders.
    Values(Values),
}

/// What went wrong with the files on an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VolumeError {
    kind: ErrorKind,
    words: String,
}

/// The keyspace of a store that files are in.
const FILES: &str = "files";

/// What a file is called that is not whole yet.
pub(crate) const DRAFT: &str = ".sarab-put";

/// Opens the files on the image that a command line names.
pub(crate) async fn mount(
    matches: &ArgMatches,
    access: Access,
    voice: Option<Voice>,
) -> Result<(Place, Volume), Problem> {
    let (place, disk) = stack::open(matches, access, voice).await?;
    let volume = match Kind::of(&disk).await.map_err(|error| fail(&place, &error))? {
        Kind::Fat => {
            let fat = Fat::mount_with(disk, now).await.map_err(|error| damaged(&place, &error))?;
            Volume::Fat(fat)
        }
        Kind::Tree => in_store(&place, disk, access).await?,
        kind => return Err(stack::foreign(&place, kind, &disk).await),
    };
    Ok((place, volume))
}

/// Opens the files in a store; the values where there are no files, but values.
async fn in_store(place: &Place, disk: Disk, access: Access) -> Result<Volume, Problem> {
    let say = |error| fail(place, &error);
    let tree = store(place, disk).await?;
    let has_files = tree.keyspace(FILES).await.map_err(say)?.is_some();
    let has_values = tree.read().range(Keyspace::DEFAULT, ..).next().await.map_err(say)?.is_some();
    if has_files || access == Access::Write && !has_values {
        let files = TreeFs::over(tree, now).await.map_err(|error| fail(place, &error))?;
        return Ok(Volume::Files(files));
    }
    Ok(Volume::Values(Values::new(tree)))
}

/// Opens the store on a disk.
pub(crate) async fn store(place: &Place, disk: Disk) -> Result<Tree<Disk>, Problem> {
    Tree::mount(disk, Options::default()).await.map_err(|error| fail(place, &error))
}

/// Says what went wrong with an image.
pub(crate) fn fail(place: &Place, error: &impl fmt::Display) -> Problem {
    Problem::new(format!("`{place}`: {error}"))
}

/// Says why a volume cannot be mounted.
fn damaged<E: fmt::Display>(place: &Place, error: &FatError<E>) -> Problem {
    let problem = fail(place, error);
    match error {
        FatError::Volume(_) | FatError::Damaged(_) => {
            problem.help(format!("look closer by `sarab disk check {place}`"))
        }
        _ => problem,
    }
}

/// Tells the date.
pub(crate) fn now() -> Option<WallTime> {
    moment(SystemTime::now())
}

/// Returns a moment of the host's, unless it is before 1970.
pub(crate) fn moment(time: SystemTime) -> Option<WallTime> {
    time.duration_since(SystemTime::UNIX_EPOCH).ok().map(WallTime::new)
}

impl Volume {
    /// Returns what the symbolic link at `path` stands for, or `None` if no link is there.
    pub(crate) async fn read_link(&self, path: &str) -> Result<Option<String>, VolumeError> {
        match self {
            Self::Files(fs) => Ok(fs.read_link(path).await?),
            Self::Fat(_) | Self::Values(_) => Ok(None),
        }
    }

    /// Returns what is known of the file at `path`, or of the one that a link there leads to; `None` if that is none, or the
    /// way there a circle.
    pub(crate) async fn behind_link(&self, path: &str) -> Result<Option<Metadata>, VolumeError> {
        match self.metadata(path).await {
            Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(None),
            other => other,
        }
    }

    /// Returns where a file is written that becomes `path` once it is whole, or `None` where it always is: a value is put
    /// at once.
    pub(crate) fn draft(&self, path: &str) -> Option<String> {
        match self {
            Self::Fat(_) | Self::Files(_) => Some(path::join(path::split(path).0, DRAFT)),
            Self::Values(_) => None,
        }
    }

    /// Says when a file was changed last, where that is kept.
    pub(crate) async fn set_modified(
        &self,
        path: &str,
        modified: Option<WallTime>,
    ) -> Result<(), VolumeError> {
        match (self, modified) {
            (Self::Fat(fs), _) => Ok(fs.set_modified(path, modified).await?),
            (Self::Files(fs), Some(modified)) => Ok(fs.set_modified(path, modified).await?),
            (Self::Files(_), None) | (Self::Values(_), _) => Ok(()),
        }
    }
}

impl Fs for Volume {
    type Error = VolumeError;

    type File = VolumeFile;

    async fn open(&self, path: &str, how: Open) -> Result<VolumeFile, VolumeError> {
        match self {
            Self::Fat(fs) => Ok(VolumeFile::Fat(fs.open(path, how).await?)),
            Self::Files(fs) => Ok(VolumeFile::Tree(fs.open(path, how).await?)),
            Self::Values(values) => Ok(VolumeFile::Value(values.open(path, how).await?)),
        }
    }

    async fn metadata(&self, path: &str) -> Result<Option<Metadata>, VolumeError> {
        match self {
            Self::Fat(fs) => Ok(Fs::metadata(fs, path).await?),
            Self::Files(fs) => Ok(Fs::metadata(fs, path).await?),
            Self::Values(values) => values.metadata(path).await,
        }
    }

    async fn list(&self, path: &str) -> Result<Vec<Entry>, VolumeError> {
        match self {
            Self::Fat(fs) => Ok(Fs::list(fs, path).await?),
            Self::Files(fs) => Ok(Fs::list(fs, path).await?),
            Self::Values(values) => values.list(path).await,
        }
    }

    async fn create_folder(&self, path: &str) -> Result<(), VolumeError> {
        match self {
            Self::Fat(fs) => Ok(fs.create_folder(path).await?),
            Self::Files(fs) => Ok(fs.create_folder(path).await?),
            // The folders of values follow from their keys.
            Self::Values(_) => Ok(()),
        }
    }

    async fn remove(&self, path: &str) -> Result<(), VolumeError> {
        match self {
            Self::Fat(fs) => Ok(fs.remove(path).await?),
            Self::Files(fs) => Ok(fs.remove(path).await?),
            Self::Values(values) => values.remove(path).await,
        }
    }

    async fn rename(&self, from: &str, to: &str) -> Result<(), VolumeError> {
        match self {
            Self::Fat(fs) => Ok(fs.rename(from, to).await?),
            Self::Files(fs) => Ok(fs.rename(from, to).await?),
            Self::Values(_) => Err(VolumeError::new(ErrorKind::Unsupported, "values do not move")),
        }
    }

    async fn sync(&self) -> Result<(), VolumeError> {
        match self {
            Self::Fat(fs) => Ok(fs.sync().await?),
            Self::Files(fs) => Ok(fs.sync().await?),
            Self::Values(values) => values.sync().await,
        }
    }
}

impl VolumeError {
    fn new(kind: ErrorKind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into() }
    }

    fn of(error: &impl Error) -> Self {
        Self { kind: error.kind(), words: error.to_string() }
    }
}

impl<E: Error> From<FatError<E>> for VolumeError {
    fn from(error: FatError<E>) -> Self {
        Self::of(&error)
    }
}

impl<E: Error> From<sarab_treefs::FsError<E>> for VolumeError {
    fn from(error: sarab_treefs::FsError<E>) -> Self {
        Self::of(&error)
    }
}

impl fmt::Display for VolumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl std::error::Error for VolumeError {}

impl Error for VolumeError {
    fn kind(&self) -> ErrorKind {
        self.kind
    }
}
