//! What the host attaches to an image: exactly what its manifest asks for.

use std::{env, path::Path};

use sarab_abi::Device;
use sarab_device::Mac;
use sarab_tap::Tap;

use crate::{
    Error,
    command::{Command, Net},
    device::{Disk, File, Wire},
    image::Want,
    layout::SLOTS,
};

/// What is attached.
#[derive(Default)]
pub struct Attached {
    /// The devices, in the manifest's order.
    pub(crate) backends: Vec<Backend>,
    /// `NAME=VALUE` for each variable that the command line names and the environment has.
    pub(crate) variables: Vec<String>,
}

/// What stands for a device.
pub(crate) enum Backend {
    /// A tap, for a network card.
    Card(Cable),
    /// A file, for a disk.
    Disk(File),
}

/// Where the other end of a card is.
pub(crate) struct Cable {
    pub(crate) name: &'static str,
    mac: Mac,
    mtu: u32,
    pub(crate) wire: Box<dyn Wire>,
}

impl Attached {
    /// Opens what `command` attaches to an image that asks for `wants`.
    pub fn open(wants: &[Want], command: &Command) -> Result<Self, Error> {
        check(wants, command)?;
        let mut attached = Self { variables: variables(&command.variables), ..Self::default() };
        for want in wants {
            attached.add(want, command)?;
        }
        Ok(attached)
    }

    fn add(&mut self, want: &Want, command: &Command) -> Result<(), Error> {
        match want {
            Want::Network(name) => {
                let Net::Tap(tap) = found(&command.networks, name)? else {
                    return Err(Error::usage(format_args!(
                        "--net {name}: this tender takes a tap; write it like {name}=tap:tap0"
                    )));
                };
                let tap = Tap::open(tap).map_err(Error::unavailable)?;
                self.connect(name, tap.mac(), tap.mtu(), Box::new(tap));
            }
            Want::Disk(name) => {
                let file = found(&command.disks, name)?;
                self.backends.push(Backend::Disk(File::open(lasting(name), file)?));
            }
        }
        Ok(())
    }

    /// Connects the card `name` to `wire`.
    pub fn connect(&mut self, name: &str, mac: Mac, mtu: usize, wire: Box<dyn Wire>) {
        let mtu = u32::try_from(mtu).unwrap_or(u32::MAX);
        self.backends.push(Backend::Card(Cable { name: lasting(name), mac, mtu, wire }));
    }

    /// Returns how many devices there are.
    pub(crate) fn count(&self) -> usize {
        self.backends.len()
    }

    /// Returns for each device how many queues it has.
    pub(crate) fn queue_counts(&self) -> impl Iterator<Item = usize> {
        self.backends.iter().map(|backend| match backend {
            Backend::Card(_) => 2,
            Backend::Disk(_) => 1,
        })
    }
}

impl Backend {
    /// Returns the device as the guest is told of it, with its queues at `queues`.
    pub(crate) fn device(&self, queues: [u64; 2]) -> Device {
        let mut device = match self {
            Self::Card(Cable { mac, mtu, .. }) => {
                let mut extent = [0; 8];
                extent[..6].copy_from_slice(&mac.0);
                Device {
                    kind: sarab_abi::Kind::Network as u32,
                    flags: sarab_abi::DEVICE_OFFLOADS,
                    unit_bytes: *mtu,
                    extent,
                    ..Device::default()
                }
            }
            Self::Disk(file) => Disk::describe(file),
        };
        device.slots = SLOTS;
        device.queues = queues;
        device
    }
}

/// What is attached, and not opened: each device with its name, in the manifest's order.
#[derive(Debug, PartialEq, Eq)]
pub struct Devices<'a> {
    /// The network cards, and what each is attached to.
    pub cards: Vec<(&'a str, &'a Net)>,
    /// The disks, and the file of each.
    pub disks: Vec<(&'a str, &'a Path)>,
}

impl<'a> Devices<'a> {
    /// Finds what `command` attaches to an image that asks for `wants`. Somebody else opens it.
    pub fn find(wants: &'a [Want], command: &'a Command) -> Result<Self, Error> {
        check(wants, command)?;
        let mut devices = Self { cards: Vec::new(), disks: Vec::new() };
        for want in wants {
            match want {
                Want::Network(name) => devices.cards.push((name, found(&command.networks, name)?)),
                Want::Disk(name) => devices.disks.push((name, found(&command.disks, name)?)),
            }
        }
        Ok(devices)
    }
}

impl Want {
    fn card(&self) -> Option<&str> {
        if let Self::Network(name) = self { Some(name) } else { None }
    }

    fn disk(&self) -> Option<&str> {
        if let Self::Disk(name) = self { Some(name) } else { None }
    }
}

/// Checks that `command` attaches what an image asks for by `wants`, each once, and nothing else.
pub fn check(wants: &[Want], command: &Command) -> Result<(), Error> {
    let cards = wants.iter().filter_map(Want::card).collect::<Vec<_>>();
    let disks = wants.iter().filter_map(Want::disk).collect::<Vec<_>>();
    check_kind("net", "network card", "tap:tap0", &cards, &names(&command.networks))?;
    check_kind("disk", "disk", "FILE", &disks, &names(&command.disks))
}

/// Returns `NAME=VALUE` for each of `names` that the environment has. A value that is no text is as good as
/// none: no key could be read from it.
#[must_use]
pub fn variables(names: &[String]) -> Vec<String> {
    let found = names.iter().filter_map(|name| Some((name, env::var(name).ok()?)));
    found.map(|(name, value)| format!("{name}={value}")).collect()
}

/// Returns a name that lasts as long as the tender, for its reports.
fn lasting(name: &str) -> &'static str {
    name.to_owned().leak()
}

fn names<T>(attached: &[(String, T)]) -> Vec<&str> {
    attached.iter().map(|(name, _)| name.as_str()).collect()
}

/// Returns what is attached to `name`.
pub fn found<'a, T>(attached: &'a [(String, T)], name: &str) -> Result<&'a T, Error> {
    let found = attached.iter().find(|(other, _)| other == name).map(|(_, to)| to);
    found.ok_or_else(|| Error::usage(format_args!("nothing is attached to `{name}`")))
}

/// Checks that each of `wanted` is attached once, and nothing else is.
fn check_kind(
    option: &str,
    thing: &str,
    example: &str,
    wanted: &[&str],
    attached: &[&str],
) -> Result<(), Error> {
    for (index, name) in attached.iter().enumerate() {
        if !wanted.contains(name) {
            let others = match wanted {
                [] => "and none of another name".into(),
                wanted => format!("only `{}`", wanted.join("`, `")),
            };
            let text =
                format_args!("--{option} {name}: the image has no {thing} `{name}`, {others}");
            return Err(Error::usage(text));
        }
        if attached.iter().take(index).any(|earlier| earlier == name) {
            return Err(Error::usage(format_args!("--{option} {name}: given twice")));
        }
    }
    match wanted.iter().find(|name| !attached.contains(name)) {
        None => Ok(()),
        Some(name) => Err(Error::usage(format_args!(
            "nothing is attached to {thing} `{name}` of the image; add `--{option} {name}={example}`"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_what_is_asked_for_is_attached() {
        let check = |wanted: &[&str], attached: &[&str]| {
            check_kind("disk", "disk", "FILE", wanted, attached).map_err(|error| error.to_string())
        };
        assert_eq!(check(&["a", "b"], &["b", "a"]), Ok(()));
        for (wanted, attached, expected) in [
            (
                &["a"][..],
                &[][..],
                "nothing is attached to disk `a` of the image; add `--disk a=FILE`",
            ),
            (&["a"], &["b"], "--disk b: the image has no disk `b`, only `a`"),
            (&[], &["b"], "--disk b: the image has no disk `b`, and none of another name"),
            (&["a"], &["a", "a"], "--disk a: given twice"),
        ] {
            assert_eq!(check(wanted, attached), Err(expected.into()));
        }
    }

    #[test]
    fn a_network_of_qemus_is_refused_with_what_there_is() {
        let command = Command::read(["--net", "a=user", "x"].map(Into::into)).unwrap();
        let error = Attached::open(&[Want::Network("a".into())], &command).err().unwrap();
        let expected = "--net a: this tender takes a tap; write it like a=tap:tap0";
        assert_eq!(error.to_string(), expected);
    }
}
