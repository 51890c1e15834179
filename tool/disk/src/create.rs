//! Making an image.

use std::{fs::File, io, path::Path};

use clap::ArgMatches;
use rustix::fs::FlockOperation;
use sarab_kit::{Problem, Voice, shown_size};
use serde_json::json;

use crate::{host, place::Place};

/// Bytes in a sector of an image.
const SECTOR_BYTES: u64 = 512;

/// Makes an empty image.
pub(crate) fn run(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let place = Place::of(matches)?;
    if place.partition.is_some() {
        let problem =
            Problem::new(format!("`{place}` is a part of an image, which cannot be created"));
        let image = place.whole();
        return Err(problem
            .help(format!("make all parts by `sarab disk format {image} gpt --part SIZE`"))
            .usage());
    }
    let size_bytes = matches.get_one::<u64>("size").copied().unwrap_or_default();
    check(size_bytes)?;
    make(&place.file, size_bytes, matches.get_flag("force"))?;
    let text = format!("made {place}, {}\n", shown_size(size_bytes));
    let object = json!({ "reason": "created", "image": place.file, "size_bytes": size_bytes });
    voice.result(&text, &object);
    Ok(())
}

fn check(size_bytes: u64) -> Result<(), Problem> {
    if size_bytes == 0 {
        return Err(Problem::new("an image of no bytes is of no use").usage());
    }
    if !size_bytes.is_multiple_of(SECTOR_BYTES) {
        let next = size_bytes.next_multiple_of(SECTOR_BYTES);
        let problem = Problem::new(format!("{size_bytes} bytes are no whole sectors of 512"));
        return Err(problem.help(format!("make it {next}")).usage());
    }
    Ok(())
}

/// Makes the file, or replaces one that nobody uses.
fn make(file: &Path, size_bytes: u64, is_forced: bool) -> Result<(), Problem> {
    let name = file.display();
    let cannot = |error: io::Error| Problem::new(format!("cannot make `{name}`: {error}"));
    let image = match File::create_new(file) {
        Ok(image) => image,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => replace(file, is_forced)?,
        Err(error) => return Err(cannot(error)),
    };
    image.set_len(size_bytes).map_err(cannot)
}

/// Empties a file that is there.
fn replace(file: &Path, is_forced: bool) -> Result<File, Problem> {
    let name = file.display();
    if !file.is_file() {
        let problem = Problem::new(format!("`{name}` is there and is no file"));
        return Err(problem.help("a block device needs no image: format it"));
    }
    if !is_forced {
        let problem = Problem::new(format!("`{name}` is there already"));
        return Err(problem.help("`--force` replaces it, and all that is on it is lost"));
    }
    host::refuse_used(file)?;
    let cannot = |error: io::Error| Problem::new(format!("cannot replace `{name}`: {error}"));
    let image = File::options().write(true).open(file).map_err(cannot)?;
    rustix::fs::flock(&image, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        let problem = Problem::new(format!("`{name}` is in use"));
        problem.help("end what uses it")
    })?;
    image.set_len(0).map_err(cannot)?;
    Ok(image)
}
