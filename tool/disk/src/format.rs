//! Making an image empty of one kind.

use clap::ArgMatches;
use sarab_device::Block;
use sarab_disk::{
    Encrypted, Table,
    encrypted::{Cost, New},
    partition::{Guid, Scheme},
};
use sarab_fat::{Fat, Width};
use sarab_kit::{Problem, Voice, shown_size};
use sarab_tree::{Options, Tree};
use serde_json::json;
use zeroize::Zeroizing;

use crate::{
    count::count,
    host::Access,
    kind::{Kind, ends},
    parts::{self, Format},
    place::Place,
    stack,
    volume::{Disk, fail, now},
};

/// Random bytes that are got for a passphrase: more than the key, the salts and the GUID of a disk need.
const POOL_BYTES: usize = 256;

/// Formats an image.
pub(crate) async fn run(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let kind = kind_of_format(matches);
    check_options(matches, kind)?;
    let made = if kind == "encrypted" {
        encrypted(matches).await?
    } else {
        let (place, layer) = stack::layer(matches, Access::Write, None).await?;
        if !layer.is_unwritten().await.map_err(|error| fail(&place, &error))? {
            refuse_full(&place, &layer, matches).await?;
        }
        let disk = layer.cached();
        erase(&place, &disk).await?;
        match kind {
            "gpt" => table(matches, &place, &disk, Format::Gpt).await?,
            "mbr" => table(matches, &place, &disk, Format::Mbr).await?,
            "tree" => tree(matches, &place, disk).await?,
            _ => fat(matches, &place, disk, kind).await?,
        }
    };
    let place = Place::of(matches)?;
    let object = json!({
        "reason": "formatted", "image": place.file, "partition": place.partition, "kind": kind,
    });
    voice.result(&format!("made {made} on {place}\n"), &object);
    Ok(())
}

fn kind_of_format(matches: &ArgMatches) -> &str {
    matches.get_one::<String>("kind").map(String::as_str).unwrap_or_default()
}

/// Refuses options that are of another kind.
fn check_options(matches: &ArgMatches, kind: &str) -> Result<(), Problem> {
    let of_kind = [
        ("label", kind.starts_with("fat") || kind == "tree"),
        ("part", matches!(kind, "gpt" | "mbr")),
    ];
    for (option, is_right) in of_kind {
        if matches.contains_id(option) && !is_right {
            return Err(Problem::new(format!("`--{option}` means nothing for {kind}")).usage());
        }
    }
    if kind == "encrypted" && !matches.contains_id("passphrase-file") {
        let problem = Problem::new("an encrypted image needs a passphrase");
        return Err(problem.help("give it by `--passphrase-file FILE`").usage());
    }
    Ok(())
}

/// Refuses to format over what is there.
async fn refuse_full(
    place: &Place,
    disk: &impl Block,
    matches: &ArgMatches,
) -> Result<(), Problem> {
    let kind = Kind::of(disk).await.map_err(|error| fail(place, &error))?;
    if kind == Kind::Blank || matches.get_flag("force") {
        return Ok(());
    }
    let problem = Problem::new(format!("`{place}` holds {kind}"));
    Err(problem.help("`--force` formats over it, and all that is on it is lost"))
}

/// Erases the marks of what was there: some formats leave some of them standing, and would be taken
/// for it.
async fn erase(place: &Place, disk: &impl Block) -> Result<(), Problem> {
    let geometry = disk.geometry();
    for (first, count) in ends(geometry) {
        let old = disk.read(first, count).await.map_err(|error| fail(place, &error))?;
        if old.iter().any(|byte| *byte != 0) {
            let zeroes = vec![0; old.len()].into();
            disk.write(first, zeroes).await.map_err(|error| fail(place, &error))?;
        }
    }
    disk.flush().await.map_err(|error| fail(place, &error))
}

async fn fat(
    matches: &ArgMatches,
    place: &Place,
    disk: Disk,
    kind: &str,
) -> Result<String, Problem> {
    let width = match kind {
        "fat12" => Some(Width::Fat12),
        "fat16" => Some(Width::Fat16),
        "fat32" => Some(Width::Fat32),
        _ => None,
    };
    let serial = u32::from_le_bytes(random()?);
    let options = sarab_fat::Format {
        width,
        label: matches.get_one::<String>("label").cloned(),
        serial: Some(serial),
        created: now(),
        ..sarab_fat::Format::default()
    };
    let size_bytes = disk.geometry().size_bytes();
    Fat::format(&disk, &options).await.map_err(|error| fail(place, &error))?;
    let fat = Fat::mount_with(disk, now).await.map_err(|error| fail(place, &error))?;
    let info = fat.info().await.map_err(|error| fail(place, &error))?;
    Ok(format!("{} of {}", info.width, shown_size(size_bytes)))
}

/// Makes a store, with no files and no values in it.
async fn tree(matches: &ArgMatches, place: &Place, disk: Disk) -> Result<String, Problem> {
    let size_bytes = disk.geometry().size_bytes();
    let label = matches.get_one::<String>("label").cloned().unwrap_or_default();
    let uuid = Guid::from_random_bytes(random()?).to_bytes();
    let format = sarab_tree::Format { label, ..sarab_tree::Format::new(uuid) };
    let tree = Tree::format(disk, &format, Options::default()).await;
    tree.map_err(|error| fail(place, &error))?;
    Ok(format!("a store of {}", shown_size(size_bytes)))
}

async fn table(
    matches: &ArgMatches,
    place: &Place,
    disk: &impl Block,
    format: Format,
) -> Result<String, Problem> {
    if place.partition.is_some() {
        let problem =
            Problem::new(format!("`{place}` is a partition, and a table divides a whole disk"));
        return Err(problem.help(format!("name the image: `{}`", place.file.display())).usage());
    }
    let scheme = match format {
        Format::Gpt => Scheme::Gpt { disk: guid()? },
        Format::Mbr => Scheme::Mbr { disk: u32::from_le_bytes(random()?) },
    };
    let given = matches.get_many::<String>("part").map(|parts| parts.cloned().collect());
    let given: Vec<String> = given.unwrap_or_else(|| vec!["rest".into()]);
    let mut new = Vec::new();
    for part in given {
        new.push(parts::parse(&part, format, guid()?)?);
    }
    let table = Table::plan(scheme, disk.geometry(), &new).map_err(|error| fail(place, &error))?;
    table.write(disk).await.map_err(|error| fail(place, &error))?;
    Ok(format!("a table of {}", count(new.len(), "partition")))
}

/// Encrypts an image. What opens it is not opened by it, so this looks at the raw disk.
async fn encrypted(matches: &ArgMatches) -> Result<String, Problem> {
    let place = Place::of(matches)?;
    let disk = stack::part(&place, Access::Write, None).await?;
    refuse_full(&place, &disk, matches).await?;
    let passphrase = stack::passphrase(matches, "passphrase-file")?.unwrap_or_default();
    let new = new_passphrase(&passphrase)?;
    Encrypted::format(&disk, new).await.map_err(|error| fail(&place, &error))?;
    Ok("an encrypted disk".into())
}

/// Returns a passphrase with what makes it one of a disk.
pub(crate) fn new_passphrase(passphrase: &str) -> Result<New<'_, impl FnMut(&mut [u8])>, Problem> {
    // The generator of the host is asked at once, so that filling cannot fail half-way.
    let mut pool = Zeroizing::new([0; POOL_BYTES]);
    fill(&mut *pool)?;
    let mut used = 0;
    let random = move |bytes: &mut [u8]| {
        let end = used + bytes.len();
        assert!(end <= POOL_BYTES, "a disk asks for {end} random bytes of {POOL_BYTES}");
        bytes.copy_from_slice(&pool[used..end]);
        used = end;
    };
    Ok(New { passphrase, cost: Cost::default(), random })
}

fn guid() -> Result<Guid, Problem> {
    Ok(Guid::from_random_bytes(random()?))
}

/// Returns bytes that nobody can guess.
fn random<const SIZE: usize>() -> Result<[u8; SIZE], Problem> {
    let mut bytes = [0; SIZE];
    fill(&mut bytes)?;
    Ok(bytes)
}

fn fill(bytes: &mut [u8]) -> Result<(), Problem> {
    let flags = rustix::rand::GetRandomFlags::empty();
    match rustix::rand::getrandom(&mut *bytes, flags) {
        Ok(size) if size == bytes.len() => Ok(()),
        Ok(_) => Err(Problem::new("the host has no random numbers")),
        Err(error) => Err(Problem::new(format!("the host has no random numbers: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a disk asks for 257 random bytes of 256")]
    fn random_bytes_do_not_run_out_in_silence() {
        let mut new = new_passphrase("sesame").unwrap();
        (new.random)(&mut [0; POOL_BYTES]);
        (new.random)(&mut [0]);
    }
}
