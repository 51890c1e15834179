//! What stands between an image and what is on it: a partition, encryption, a cache.

use std::{fs, io, mem, path::PathBuf};

use clap::ArgMatches;
use sarab_device::{Block, Bytes, Geometry, SpanError};
use sarab_disk::{
    Cache, Encrypted, Partition, RequestError, Table,
    encrypted::{EncryptionError, HeaderFault},
    partition::TableError,
};
use sarab_key::Size;
use sarab_kit::{Problem, Voice};
use sarab_unix::{Disk, DiskError};
use zeroize::Zeroizing;

use crate::{
    host::{self, Access},
    kind::{Kind, ends},
    place::Place,
};

/// Memory for sectors of an image.
const CACHE_BYTES: u64 = 32 << 20;

/// An image, or a partition of it.
pub(crate) type Part = Partition<Disk>;

/// An image without what hides it. Who only looks cannot write to it.
pub(crate) struct Layer {
    below: Below,
    access: Access,
}

enum Below {
    /// As it lies there.
    Plain(Part),
    /// Decrypted.
    Encrypted(Box<Encrypted<Part>>),
}

/// Opens what a command line names, as it lies on the disk.
pub(crate) async fn part(
    place: &Place,
    access: Access,
    voice: Option<Voice>,
) -> Result<Part, Problem> {
    let disk = host::open(&place.file, access)?;
    let fail = |error: SpanError| Problem::new(format!("`{place}`: {error}"));
    let Some(number) = place.partition else {
        let count = disk.geometry().sector_count;
        return Partition::new(disk, 0, count).map_err(fail);
    };
    let table = Table::read(&disk).await.map_err(|error| no_table(place, &error))?;
    for warning in &table.warnings {
        if let Some(voice) = voice {
            voice.warn(format!("`{}`: {warning}", place.file.display()));
        }
    }
    let Some(entry) = table.entry(number) else {
        let problem = Problem::new(format!("`{}` has no partition {number}", place.file.display()));
        return Err(problem.help(numbers(&table)));
    };
    let (first, count) = (entry.first, entry.count);
    Partition::new(disk, first, count).map_err(fail)
}

fn no_table(place: &Place, error: &TableError<DiskError>) -> Problem {
    let file = place.file.display();
    match error {
        TableError::None => Problem::new(format!("`{file}` has no partitions"))
            .help(format!("name the whole image: `{file}`")),
        other => Problem::new(format!("`{file}`: {other}")),
    }
}

/// Says which partitions there are.
pub(crate) fn numbers(table: &Table) -> String {
    let numbers: Vec<_> = table.entries.iter().map(|entry| entry.number.to_string()).collect();
    if numbers.is_empty() {
        return "the table is empty; make partitions by `sarab disk format IMAGE gpt --part ..`"
            .into();
    }
    format!("there are: {}", numbers.join(", "))
}

/// Opens what a command line names behind a cache, decrypted where it is encrypted.
pub(crate) async fn open(
    matches: &ArgMatches,
    access: Access,
    voice: Option<Voice>,
) -> Result<(Place, Cache<Layer>), Problem> {
    let (place, layer) = layer(matches, access, voice).await?;
    Ok((place, layer.cached()))
}

/// Opens what a command line names, decrypted where it is encrypted.
pub(crate) async fn layer(
    matches: &ArgMatches,
    access: Access,
    voice: Option<Voice>,
) -> Result<(Place, Layer), Problem> {
    let place = Place::of(matches)?;
    let part = part(&place, access, voice).await?;
    let below = match passphrase(matches, "passphrase-file")? {
        Some(mut passphrase) => {
            let opened = Encrypted::open(part, mem::take(&mut *passphrase)).await;
            Below::Encrypted(Box::new(opened.map_err(|error| locked(&place, &error))?))
        }
        None => Below::Plain(part),
    };
    Ok((place, Layer { below, access }))
}

impl Layer {
    /// Puts a cache over it.
    pub(crate) fn cached(self) -> Cache<Self> {
        Cache::new(self, Size::from_bytes(CACHE_BYTES))
    }

    /// Returns whether it is encrypted and nothing was written to it yet: it reads as noise then, and
    /// there are zeroes below.
    pub(crate) async fn is_unwritten(&self) -> Result<bool, LayerError> {
        let Below::Encrypted(disk) = &self.below else { return Ok(false) };
        for (first, count) in ends(disk.geometry()) {
            let sealed = disk.read_sealed(first, count).await?;
            if sealed.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Says why an encrypted image does not open.
pub(crate) fn locked<E: std::fmt::Display>(place: &Place, error: &EncryptionError<E>) -> Problem {
    let problem = Problem::new(format!("`{place}`: {error}"));
    match error {
        EncryptionError::Header(HeaderFault::None) => {
            problem.help("leave `--passphrase-file` away")
        }
        EncryptionError::Header(HeaderFault::Passphrase) => {
            problem.help("the first line of the file is the passphrase, without its end")
        }
        _ => problem,
    }
}

/// Reads a passphrase from the file that an option names.
pub(crate) fn passphrase(
    matches: &ArgMatches,
    option: &str,
) -> Result<Option<Zeroizing<String>>, Problem> {
    let Some(file) = matches.get_one::<PathBuf>(option) else { return Ok(None) };
    let text = if file.as_os_str() == "-" {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(file)
    };
    let cannot = |error| Problem::new(format!("cannot read `{}`: {error}", file.display()));
    let text = Zeroizing::new(text.map_err(cannot)?);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let problem = Problem::new(format!("the first line of `{}` is empty", file.display()));
        return Err(problem.help("write the passphrase there"));
    }
    Ok(Some(Zeroizing::new(line.to_owned())))
}

/// Says that what is on an image is not what a command works on.
pub(crate) async fn foreign(place: &Place, kind: Kind, disk: &impl Block) -> Problem {
    let problem = Problem::new(format!("`{place}` holds {kind}"));
    match kind {
        Kind::Table => match Table::read(disk).await {
            Ok(table) => {
                problem.help(format!("name a partition, as `{place}:1`; {}", numbers(&table)))
            }
            Err(error) => problem.note(error.to_string()),
        },
        Kind::Encrypted => problem.help("give its passphrase by `--passphrase-file FILE`"),
        Kind::Blank | Kind::Unknown => {
            problem.help(format!("make a file system by `sarab disk format {place} fat`"))
        }
        Kind::Qcow2 => problem.help("make it a plain image: `qemu-img convert -O raw`"),
        _ => problem
            .help("this command works on FAT and on stores; the host may be able to mount it"),
    }
}

/// What goes wrong with an image.
pub(crate) type LayerError = RequestError<RequestError<DiskError>>;

impl Block for Layer {
    type Error = LayerError;

    fn geometry(&self) -> Geometry {
        let whole = match &self.below {
            Below::Plain(disk) => disk.geometry(),
            Below::Encrypted(disk) => disk.geometry(),
        };
        Geometry { is_writable: whole.is_writable && self.access == Access::Write, ..whole }
    }

    async fn read(&self, first: u64, count: u32) -> Result<Bytes, LayerError> {
        match &self.below {
            Below::Plain(disk) => disk.read(first, count).await.map_err(RequestError::Device),
            Below::Encrypted(disk) => disk.read(first, count).await,
        }
    }

    async fn write(&self, first: u64, data: Bytes) -> Result<(), LayerError> {
        match &self.below {
            Below::Plain(disk) => disk.write(first, data).await.map_err(RequestError::Device),
            Below::Encrypted(disk) => disk.write(first, data).await,
        }
    }

    async fn write_through(&self, first: u64, data: Bytes) -> Result<(), LayerError> {
        match &self.below {
            Below::Plain(disk) => {
                disk.write_through(first, data).await.map_err(RequestError::Device)
            }
            Below::Encrypted(disk) => disk.write_through(first, data).await,
        }
    }

    async fn flush(&self) -> Result<(), LayerError> {
        match &self.below {
            Below::Plain(disk) => disk.flush().await.map_err(RequestError::Device),
            Below::Encrypted(disk) => disk.flush().await,
        }
    }

    async fn discard(&self, first: u64, count: u64) -> Result<(), LayerError> {
        match &self.below {
            Below::Plain(disk) => disk.discard(first, count).await.map_err(RequestError::Device),
            Below::Encrypted(disk) => disk.discard(first, count).await,
        }
    }
}

#[cfg(test)]
mod tests;
