//! What the host gives to the unikernel: files for disks, taps for networks, folders, ports.
//!
//! They are boot keys of the machine, so they stand in the help text beside the program's own, and
//! are checked before it starts. A unikernel says which devices it has ([`Resource`]), and anything
//! for another one is refused.

mod keys;

use std::{
    cell::OnceCell,
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    rc::Rc,
};

use sarab_runtime::key::{Values, closest};

pub(crate) use keys::KEYS;
use keys::{Attached, Backend, Publish};

thread_local! {
    static INSTALLED: OnceCell<Rc<Attachments>> = const { OnceCell::new() };
}

/// A device that the host must give something for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// The network card of that name: `--net NAME=BACKEND`.
    Network(&'static str),
    /// The disk of that name: `--disk NAME=FILE`.
    Disk(&'static str),
    /// The folder of that name: `--folder NAME=PATH`.
    Folder(&'static str),
}

/// All that is attached.
#[derive(Debug, Default)]
pub(crate) struct Attachments {
    networks: BTreeMap<String, Backend>,
    disks: BTreeMap<String, PathBuf>,
    folders: BTreeMap<String, PathBuf>,
    published: BTreeMap<u16, SocketAddr>,
}

/// Returns what was attached when this thread's machine booted.
pub(crate) fn installed() -> Rc<Attachments> {
    INSTALLED.with(|installed| Rc::clone(installed.get_or_init(Rc::default)))
}

/// Takes what is attached from the boot keys, for [`installed`].
///
/// With `resources`, what is attached to anything else is refused.
pub(crate) fn install(values: &Values, resources: Option<&[Resource]>) -> Result<(), Refused> {
    let attachments = Rc::new(Attachments::new(values, resources)?);
    let installed = INSTALLED.with(|installed| installed.set(attachments));
    installed.map_err(|_| Refused("a thread boots one machine".into()))
}

impl Attachments {
    fn new(values: &Values, resources: Option<&[Resource]>) -> Result<Self, Refused> {
        let known = resources.map(Known::new);
        let names = |of: fn(&Known) -> &[&'static str]| known.as_ref().map(of);
        Ok(Self {
            networks: by_name(
                "net",
                "network card",
                values.list("net"),
                names(|known| &known.networks),
            )?,
            disks: by_name("disk", "disk", values.list("disk"), names(|known| &known.disks))?,
            folders: by_name(
                "folder",
                "folder",
                values.list("folder"),
                names(|known| &known.folders),
            )?,
            published: by_port(values.list("publish"))?,
        })
    }

    /// Returns the file of the disk `name`.
    pub(crate) fn disk(&self, name: &str) -> Option<&Path> {
        self.disks.get(name).map(PathBuf::as_path)
    }

    /// Returns the folder `name`.
    pub(crate) fn folder(&self, name: &str) -> Option<&Path> {
        self.folders.get(name).map(PathBuf::as_path)
    }

    /// Returns the tap device of the network card `name`.
    pub(crate) fn tap(&self, name: &str) -> Option<&str> {
        self.networks.get(name).map(|Backend::Tap(device)| device.as_str())
    }

    /// Returns the addresses of the host that stand for ports of the unikernel.
    pub(crate) fn published(&self) -> &BTreeMap<u16, SocketAddr> {
        &self.published
    }
}

/// The names of all resources.
#[derive(Default)]
struct Known {
    networks: Vec<&'static str>,
    disks: Vec<&'static str>,
    folders: Vec<&'static str>,
}

impl Known {
    fn new(resources: &[Resource]) -> Self {
        let mut known = Self::default();
        for resource in resources {
            match resource {
                Resource::Network(name) => known.networks.push(name),
                Resource::Disk(name) => known.disks.push(name),
                Resource::Folder(name) => known.folders.push(name),
            }
        }
        known
    }
}

/// Why something cannot be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn by_name<T>(
    key: &str,
    thing: &str,
    given: Vec<Attached<T>>,
    known: Option<&[&'static str]>,
) -> Result<BTreeMap<String, T>, Refused> {
    let mut attached = BTreeMap::new();
    for Attached { name, to } in given {
        if let Some(known) = known {
            check_known(key, thing, &name, known)?;
        }
        if attached.contains_key(&name) {
            return Err(Refused(format!("--{key} {name}: given twice; one {thing} is one thing")));
        }
        attached.insert(name, to);
    }
    Ok(attached)
}

fn check_known(key: &str, thing: &str, name: &str, known: &[&'static str]) -> Result<(), Refused> {
    if known.contains(&name) {
        return Ok(());
    }
    let others = match (closest(name, known.iter().copied()), known) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, []) => "and none of another name".into(),
        (None, known) => format!("only `{}`", known.join("`, `")),
    };
    Err(Refused(format!("--{key} {name}: this unikernel has no {thing} `{name}`, {others}")))
}

fn by_port(given: Vec<Publish>) -> Result<BTreeMap<u16, SocketAddr>, Refused> {
    let mut published = BTreeMap::new();
    for Publish { host, guest } in given {
        if published.insert(guest, host).is_some() {
            return Err(Refused(format!(
                "--publish: port {guest} of the unikernel is given twice"
            )));
        }
    }
    Ok(published)
}

#[cfg(test)]
mod tests;
