//! The file system on an image.

use std::time::SystemTime;

use clap::ArgMatches;
use sarab_device::WallTime;
use sarab_disk::Cache;
use sarab_fat::{Fat, FatError};
use sarab_kit::{Problem, Voice};

use crate::{
    host::Access,
    kind::Kind,
    place::Place,
    stack::{self, Layer},
};

/// A disk as a file system sees it.
pub(crate) type Disk = Cache<Layer>;

/// Opens the file system on the image that a command line names.
pub(crate) async fn mount(
    matches: &ArgMatches,
    access: Access,
    voice: Option<Voice>,
) -> Result<(Place, Fat<Disk>), Problem> {
    let (place, disk) = stack::open(matches, access, voice).await?;
    let kind = Kind::of(&disk).await.map_err(|error| fail(&place, &error))?;
    if kind != Kind::Fat {
        return Err(stack::foreign(&place, kind, &disk).await);
    }
    let fat = Fat::mount_with(disk, now).await.map_err(|error| damaged(&place, &error))?;
    Ok((place, fat))
}

/// Says what went wrong with an image.
pub(crate) fn fail(place: &Place, error: &impl std::fmt::Display) -> Problem {
    Problem::new(format!("`{place}`: {error}"))
}

/// Says why a volume cannot be mounted.
fn damaged<E: std::fmt::Display>(place: &Place, error: &FatError<E>) -> Problem {
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
