//! The plan: one unikernel for one target, evaluated. What every tool works on.
//!
//! A plan holds live devices only. It is plain data, travels as JSON, and is the same for the same
//! `config.rs` and the same key values, byte for byte.

use serde::{Deserialize, Serialize};

/// One unikernel, evaluated for one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The name it was registered by.
    pub name: String,
    /// The value of the key `target`, as text; empty where there is no such key.
    pub target: String,
    /// The live devices, each after all that it needs.
    pub devices: Vec<Device>,
    /// The jobs, in the order of their registration.
    pub jobs: Vec<Job>,
    /// All keys, sorted by name; also those that no live branch reads, marked so.
    pub keys: Vec<Key>,
    /// The branches that were decided on the way to the live devices, in the order of deciding.
    pub decisions: Vec<Decision>,
    /// Modules that the generated `main.rs` declares (`htdocs`), sorted; devices prepare their
    /// files.
    pub modules: Vec<String>,
    /// The files that devices prepared, from the folder of the generated package, sorted; empty
    /// where nothing was prepared.
    pub files: Vec<String>,
}

/// The place of a device in [`Plan::devices`].
pub type DeviceId = usize;

/// A live device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its name: a Rust identifier, unique in the plan (`service`, `service_net`).
    pub name: String,
    /// The kind it was declared with (`Stack`).
    pub kind: String,
    /// What it is, in a few words (`TCP/IP stack`).
    pub label: String,
    /// The function that makes it.
    pub constructor: Constructor,
    /// What that function is given, in order.
    pub arguments: Vec<Argument>,
    /// Devices that must be made before it although they are not given to it.
    pub after: Vec<DeviceId>,
    /// The crates that its constructor needs.
    pub crates: Vec<Crate>,
    /// What it asks of the host.
    pub resources: Vec<Resource>,
    /// Which of [`Plan::decisions`] led to it, outermost first.
    pub decisions: Vec<usize>,
    /// Where `config.rs` asks for it.
    pub origin: Origin,
}

/// A function that makes a device.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Constructor {
    /// `path(arguments).await`, a `Result` whose error ends the boot.
    Open(String),
    /// `path(arguments)`, which waits for nothing and cannot fail.
    Make(String),
    /// `first_argument.name(other arguments)`, which waits for nothing and cannot fail.
    Method(String),
}

/// One argument of a constructor or a job.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Argument {
    /// A device.
    Device(DeviceId),
    /// The value of a key that may still be given when booting: its name in [`Plan::keys`].
    Boot(String),
    /// A value that is fixed now, as a Rust expression.
    Fixed(String),
}

/// A job: a function of the program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The path of the function in the program's crate (`start`, `web::start`).
    pub function: String,
    /// The kinds and types of its parameters as `config.rs` declares them (`Tcp`, `u16`).
    pub parameters: Vec<String>,
    /// What it is given, in order.
    pub arguments: Vec<Argument>,
    /// Devices that must be made before it although they are not given to it.
    pub after: Vec<DeviceId>,
    /// Where `config.rs` asks for it.
    pub origin: Origin,
}

/// A key, with its value so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its full name, group first (`in-ipv4`); on a command line `--in-ipv4`.
    pub name: String,
    /// The group, if it is in one (`in`).
    pub group: Option<String>,
    /// What it means: whole sentences.
    pub doc: String,
    /// What stands for a value in a help text (`PORT`).
    pub value_name: String,
    /// The Rust type of a value (`u16`), as a path that generated code can use.
    pub rust_type: String,
    /// When it may be given.
    pub stage: Stage,
    /// How often it may be given, and what it is when it is not.
    pub arity: Arity,
    /// Its default as text, where it has one; a list's default joined by commas.
    pub default: Option<String>,
    /// The values it was configured with, as text; empty where only the default holds.
    pub configured: Vec<String>,
    /// Where the configured value came from.
    pub source: Source,
    /// The environment variable that gives it when configuring.
    pub environment: Option<String>,
    /// Other words for it.
    pub aliases: Vec<Alias>,
    /// All values it can have, where they are few.
    pub choices: Vec<String>,
    /// Whether anything in the plan depends on it.
    pub is_live: bool,
    /// Where it was made.
    pub origin: Origin,
}

/// When a key may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// When configuring.
    Configure,
    /// When booting.
    Boot,
    /// At either; the boot value wins.
    Both,
}

/// How often a key may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arity {
    /// Given without a value; `bool`.
    Flag,
    /// At most once; there is a default.
    Default,
    /// At most once; without it, `None`.
    Optional,
    /// Exactly once.
    Required,
    /// Any number of times; commas separate as well.
    List,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Nowhere: the default holds.
    Default,
    /// The command line.
    CommandLine,
    /// The environment.
    Environment,
}

/// Another word for a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The word; one letter makes it a short option (`t`, for `-t`).
    pub name: String,
    /// The value that it stands for (`--unix` is `--target unix`); without one it is just a name.
    pub value: Option<String>,
}

/// A crate that generated code depends on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Crate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The folder of its sources.
    pub folder: String,
    /// The features to switch on.
    pub features: Vec<String>,
    /// Whether its default features stay on.
    pub default_features: bool,
}

/// Something that the host must give.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Resource {
    /// A network card, attached by `--net NAME=BACKEND`.
    Network {
        /// Its name.
        name: String,
    },
    /// A disk, attached by `--disk NAME=FILE`.
    Disk {
        /// Its name.
        name: String,
        /// The file, from the project's folder, that it is where none is attached.
        default: Option<String>,
    },
    /// A folder of the host, attached by `--folder NAME=PATH`.
    Folder {
        /// Its name.
        name: String,
        /// The folder, from the project's folder, that it is where none is attached.
        default: Option<String>,
    },
}

/// A branch that was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What was asked (`pages`, `target`, `tls`): the key's name, or a description.
    pub question: String,
    /// The answer (`embedded`, `true`).
    pub answer: String,
    /// All answers there were.
    pub answers: Vec<String>,
    /// The keys that decided, by name.
    pub keys: Vec<String>,
    /// The device that it led to.
    pub device: DeviceId,
    /// Where `config.rs`, or a library, asks.
    pub origin: Origin,
}

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Origin {
    /// The file, as rustc names it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}
