//! Typed, documented values given when configuring or when booting.
//!
//! A *key* is a named value of a program: a port, an address, a language. Its type implements
//! [`Value`], its [`Spec`] says how it is written on a command line, and [`parse`] reads the whole
//! line. The same code serves the tool that configures a program and the program that boots, so a
//! key is spelt, checked and explained in one way.
//!
//! ```
//! use sarab_key::{Alias, Spec, parse};
//!
//! static KEYS: &[Spec] = &[
//!     Spec::new::<u16>("port", "TCP port to listen on.").default("8080").aliases(&[Alias::new("p")]),
//!     Spec::new::<String>("name", "Whom to greet.").list(),
//! ];
//!
//! let words = ["--name=moon,sun", "-p", "80"];
//! let values = parse(KEYS, words.map(String::from)).unwrap();
//! assert_eq!(values.get::<u16>("port"), 80);
//! assert_eq!(values.list::<String>("name"), ["moon", "sun"]);
//!
//! let error = parse(KEYS, ["--prot=80".to_string()]).unwrap_err();
//! assert_eq!(error.to_string(), "unknown key --prot, did you mean --port?");
//! ```
//!
//! # How keys are written
//!
//! | words | meaning |
//! | --- | --- |
//! | `--name VALUE`, `--name=VALUE` | a value; the second form also takes a value that starts with `-` |
//! | `-x VALUE`, `-x=VALUE` | the same by an alias of one letter |
//! | `--name`, `--no-name` | a flag, switched on or off |
//! | `--name A,B --name C` | a list of three; `\,` is a comma within a value |
//! | `--help`, `-h` | asks for the help text |
//! | `--` | ends the keys; what follows is kept as it is |
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod basic;
mod choices;
mod closest;
mod duration;
mod help;
mod list;
mod parse;
mod plain;
mod prefix;
mod size;
mod spec;
mod usage;
mod value;
mod values;

pub use closest::closest;
pub use help::{Help, Section};
pub use list::{join, split};
pub use parse::{parse, parse_with};
pub use plain::{Plain, fixed};
pub use prefix::{Address, IpPrefix, Ipv4Prefix, Ipv6Prefix, Prefix};
pub use size::Size;
pub use spec::{Alias, Arity, Spec};
pub use usage::{Usage, UsageError};
pub use value::{Value, Wrong};
pub use values::{Source, Values};

#[cfg(test)]
extern crate std;

/// What the expansions of this crate's macros name.
#[doc(hidden)]
pub mod expansion {
    pub use crate::choices::parse as parse_choice;
    pub use alloc::string::String;
}
