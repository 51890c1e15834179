//! The command line of a tender.
//!
//! ```text
//! sarab-spt [--memory SIZE] [--net NAME=tap:DEVICE].. [--disk NAME=FILE]..
//!     [--env NAME].. [--debug PORT] IMAGE [WORD]..
//! ```
//!
//! What stands behind the image is for the guest, as it is. No library reads this, since starting takes
//! less time than they do.

use std::{ffi::OsString, fmt::Display, os::unix::ffi::OsStrExt, path::PathBuf};

use sarab_key::{Size, Value as _};

use crate::Error;

/// Memory of a guest, unless another size is given.
const MEMORY_BYTES: u64 = 128 << 20;

/// What a tender is told to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Bytes of guest memory.
    pub memory_bytes: u64,
    /// Network cards by name, and what each is attached to.
    pub networks: Vec<(String, Net)>,
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

/// What a network card is attached to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Net {
    /// The tap of that name.
    Tap(String),
    /// A network that the monitor makes up, with the host behind it; only QEMU has one.
    User,
    /// The bridge of that name; only Xen takes one.
    Bridge(String),
}

/// Gets the value of an option from the command line.
pub type Value<'a> = &'a mut dyn FnMut() -> Result<String, Error>;

/// Options that only one tender has.
pub trait Own {
    /// How they are written, each with a space behind it.
    const USAGE: &'static str;

    /// Takes `option`, whose value `value` gets from the command line if it is asked; tells whether the
    /// option is one of these.
    fn take(&mut self, option: &str, value: Value<'_>) -> Result<bool, Error>;
}

/// No options but those of all tenders.
impl Own for () {
    const USAGE: &'static str = "";

    fn take(&mut self, _: &str, _: Value<'_>) -> Result<bool, Error> {
        Ok(false)
    }
}

impl Command {
    /// Reads the words of the command line, without the name of the program.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        Self::read_with(words, &mut ())
    }

    /// Reads them where there may be options of this tender's `own`.
    pub fn read_with<O: Own>(
        words: impl IntoIterator<Item = OsString>,
        own: &mut O,
    ) -> Result<Self, Error> {
        let wrong =
            |what: &dyn Display| Error::usage(format_args!("{what}\nusage: {}{USAGE}", O::USAGE));
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
                return Err(wrong(&"no image is given"));
            };
            if !word.as_bytes().starts_with(b"--") {
                command.image = word.into();
                command.words = words.collect();
                return Ok(command);
            }
            let word = text(word)?;
            let (option, mut joined) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let missing = || wrong(&format_args!("{option} lacks its value"));
            let mut next = || text(words.next().ok_or_else(missing)?);
            let mut value = || joined.take().map_or_else(&mut next, Ok);
            let is_known = own.take(option, &mut value)? || command.take(option, &mut value)?;
            if !is_known {
                return Err(wrong(&format_args!("{option}: no such option")));
            }
            if joined.is_some() {
                return Err(wrong(&format_args!("{option} takes no value")));
            }
        }
    }

    /// Returns the words for the guest. Others than texts are refused, since boot keys are texts.
    pub fn texts(&self) -> Result<Vec<&str>, Error> {
        let text =
            |word: &'_ OsString| Err(Error::usage(format_args!("{}: not UTF-8", word.display())));
        self.words.iter().map(|word| word.to_str().map_or_else(|| text(word), Ok)).collect()
    }

    fn take(&mut self, option: &str, value: Value<'_>) -> Result<bool, Error> {
        match option {
            "--memory" => self.memory_bytes = size(&value()?)?,
            "--net" => self.networks.push(network(&value()?)?),
            "--disk" => {
                let value = value()?;
                let (name, file) = halves(option, &value, "data=data.img")?;
                self.disks.push((name.into(), file.into()));
            }
            "--env" => self.variables.push(value()?),
            "--debug" => {
                let value = value()?;
                let wrong = || Error::usage(format_args!("--debug {value}: not a port"));
                self.debug_port = Some(value.parse().map_err(|_| wrong())?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

const USAGE: &str = "[--memory SIZE] [--net NAME=tap:DEVICE].. [--disk NAME=FILE].. [--env NAME].. [--debug PORT] IMAGE [WORD]..";

/// Reads what a card is attached to: a tap may stand by itself.
fn network(value: &str) -> Result<(String, Net), Error> {
    let (name, backend) = halves("--net", value, "service=tap:tap0")?;
    let net = match (backend, backend.split_once(':')) {
        ("user", _) => Net::User,
        (_, Some(("bridge", bridge))) => Net::Bridge(bridge.into()),
        (_, Some(("tap", tap))) | (tap, _) => Net::Tap(tap.into()),
    };
    Ok((name.into(), net))
}

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

    fn tap(name: &str) -> Net {
        Net::Tap(name.into())
    }

    #[test]
    fn what_stands_behind_the_image_is_the_guests() {
        let command =
            read("--memory 2MiB --net a=tap:t --disk d=x=y site --memory 1 --net").unwrap();
        assert_eq!(command.memory_bytes, 2 << 20);
        assert_eq!(command.networks, [("a".into(), tap("t"))]);
        assert_eq!(command.disks, [("d".into(), "x=y".into())]);
        assert_eq!(command.image, PathBuf::from("site"));
        assert_eq!(command.words, ["--memory", "1", "--net"]);
    }

    #[test]
    fn a_card_is_attached_in_either_form() {
        for (line, net) in [
            ("--net a=tap0 x", tap("tap0")),
            ("--net=a=tap:tap0 x", tap("tap0")),
            ("--net a=tap:user x", tap("user")),
            ("--net a=user x", Net::User),
        ] {
            assert_eq!(read(line).unwrap().networks, [("a".into(), net)]);
        }
    }

    #[test]
    fn a_value_may_be_joined_to_its_option() {
        assert_eq!(read("--memory=64KiB --debug=1234 x").unwrap().debug_port, Some(1234));
    }

    /// An option without a value, and one with.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Extra {
        is_fast: bool,
        speed: String,
    }

    impl Own for Extra {
        const USAGE: &'static str = "[--fast] [--speed SPEED] ";

        fn take(&mut self, option: &str, value: Value<'_>) -> Result<bool, Error> {
            match option {
                "--fast" => self.is_fast = true,
                "--speed" => self.speed = value()?,
                _ => return Ok(false),
            }
            Ok(true)
        }
    }

    #[test]
    fn a_tender_may_have_options_of_its_own() {
        let mut extra = Extra::default();
        let words = ["--fast", "--memory", "1MiB", "--speed", "9", "x", "--fast"].map(Into::into);
        let command = Command::read_with(words, &mut extra).unwrap();
        assert_eq!((command.memory_bytes, &command.words[..]), (1 << 20, &["--fast".into()][..]));
        assert_eq!(extra, Extra { is_fast: true, speed: "9".into() });
        for (word, what) in [
            ("--slow", "--slow: no such option"),
            ("--fast=x", "--fast takes no value"),
            ("--speed", "--speed lacks its value"),
        ] {
            let wrong = Command::read_with([word.into()], &mut extra).unwrap_err().to_string();
            assert_eq!(wrong, format!("{what}\nusage: [--fast] [--speed SPEED] {USAGE}"));
        }
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
