//! The command line of a tender.
//!
//! ```text
//! sarab-spt [--memory SIZE] [--net NAME=tap:DEVICE].. [--disk NAME=FILE]..
//!     [--env NAME].. [--debug PORT] IMAGE [WORD]..
//! ```
//!
//! What stands behind the image is for the guest, as it is. No library reads this, since starting takes
//! less time than they do.

use std::{ffi::OsString, os::unix::ffi::OsStrExt, path::PathBuf};

use sarab_key::{Size, Value};

use crate::Error;

/// Memory of a guest, unless another size is given.
const MEMORY_BYTES: u64 = 128 << 20;

/// What a tender is told to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Bytes of guest memory.
    pub memory_bytes: u64,
    /// Network cards by name, and the tap that each is attached to.
    pub networks: Vec<(String, String)>,
    /// Disks by name, and the file that each is attached to.
    pub disks: Vec<(String, PathBuf)>,
    /// Environment variables that the guest is given.
    pub variables: Vec<String>,
    /// Where a debugger may attach, if one is wanted: a port of the loopback interface.
    pub debug_port: Option<u16>,
    /// The image.
    pub image: PathBuf,
    /// The words for the guest.
    pub words: Vec<OsString>,
}

impl Command {
    /// Reads the words of the command line, without the name of the program.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut words = words.into_iter();
        let mut command = Self {
            memory_bytes: MEMORY_BYTES,
            networks: Vec::new(),
            disks: Vec::new(),
            variables: Vec::new(),
            debug_port: None,
            image: PathBuf::new(),
            words: Vec::new(),
        };
        loop {
            let Some(word) = words.next() else {
                return Err(Error::usage(format_args!("no image is given\n{USAGE}")));
            };
            if !word.as_bytes().starts_with(b"--") {
                command.image = word.into();
                command.words = words.collect();
                return Ok(command);
            }
            let word = text(word)?;
            let (option, value) = match word.split_once('=') {
                Some((option, value)) if option != "--net" => (option, value.to_owned()),
                _ => {
                    let value = words.next();
                    let missing = || Error::usage(format_args!("{word} lacks its value\n{USAGE}"));
                    (word.as_str(), text(value.ok_or_else(missing)?)?)
                }
            };
            command.take(option, &value)?;
        }
    }

    fn take(&mut self, option: &str, value: &str) -> Result<(), Error> {
        match option {
            "--memory" => self.memory_bytes = size(value)?,
            "--net" => {
                let (name, backend) = halves(option, value, "service=tap:tap0")?;
                let tap = backend.strip_prefix("tap:").unwrap_or(backend);
                self.networks.push((name.into(), tap.into()));
            }
            "--disk" => {
                let (name, file) = halves(option, value, "data=data.img")?;
                self.disks.push((name.into(), file.into()));
            }
            "--env" => self.variables.push(value.into()),
            "--debug" => {
                let wrong = || Error::usage(format_args!("--debug {value}: not a port"));
                self.debug_port = Some(value.parse().map_err(|_| wrong())?);
            }
            _ => return Err(Error::usage(format_args!("{option}: no such option\n{USAGE}"))),
        }
        Ok(())
    }
}

const USAGE: &str = "usage: [--memory SIZE] [--net NAME=tap:DEVICE].. [--disk NAME=FILE].. [--env NAME].. [--debug PORT] IMAGE [WORD]..";

fn text(word: OsString) -> Result<String, Error> {
    word.into_string().map_err(|word| Error::usage(format_args!("{}: not UTF-8", word.display())))
}

fn halves<'a>(option: &str, value: &'a str, example: &str) -> Result<(&'a str, &'a str), Error> {
    let halves = value.split_once('=').filter(|(name, to)| !name.is_empty() && !to.is_empty());
    halves.ok_or_else(|| Error::usage(format_args!("{option} {value}: write it like {example}")))
}

/// Reads a size, as boot keys are written.
fn size(value: &str) -> Result<u64, Error> {
    let size = Size::parse(value);
    size.map(Size::bytes).map_err(|wrong| Error::usage(format_args!("--memory {value}: {wrong}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, String> {
        Command::read(line.split(' ').filter(|word| !word.is_empty()).map(Into::into))
            .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
    }

    #[test]
    fn what_stands_behind_the_image_is_the_guests() {
        let command =
            read("--memory 2MiB --net a=tap:t --disk d=x=y site --memory 1 --net").unwrap();
        assert_eq!(command.memory_bytes, 2 << 20);
        assert_eq!(command.networks, [("a".into(), "t".into())]);
        assert_eq!(command.disks, [("d".into(), "x=y".into())]);
        assert_eq!(command.image, PathBuf::from("site"));
        assert_eq!(command.words, ["--memory", "1", "--net"]);
    }

    #[test]
    fn a_card_is_attached_in_either_form() {
        assert_eq!(read("--net a=tap0 x").unwrap().networks, [("a".into(), "tap0".into())]);
        assert_eq!(read("--memory=64KiB --debug=1234 x").unwrap().debug_port, Some(1234));
    }

    #[test]
    fn a_wrong_line_names_the_word_and_the_way_out() {
        for (line, expected) in [
            ("", "no image is given"),
            ("--net", "--net lacks its value"),
            ("--net tap0 x", "--net tap0: write it like service=tap:tap0"),
            ("--disk =x x", "--disk =x: write it like data=data.img"),
            ("--memory much x", "--memory much: expected a size like 64MiB, 10MB or 1500B"),
            ("--fast 1 x", "--fast: no such option"),
        ] {
            assert_eq!(read(line).unwrap_err(), expected);
        }
    }
}
