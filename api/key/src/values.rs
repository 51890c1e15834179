//! The values of all keys, after every check.

use alloc::string::String;
use alloc::vec::Vec;

use crate::{Arity, Spec, Value};

/// The values that a command line, the environment, the configuration and the defaults give.
///
/// All of them were checked when they were read. What the methods panic on is therefore never the
/// input: it is a program that asks for a key it did not declare, or as another type.
#[derive(Clone, Debug, Default)]
pub struct Values {
    pub(crate) keys: Vec<Held>,
    pub(crate) rest: Vec<String>,
}

/// Where the value of a key came from; a later one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// From the default, or there is none.
    Default,
    /// From the configuration.
    Configured,
    /// From the environment.
    Environment,
    /// From the command line.
    CommandLine,
}

/// What is held of one key.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) name: String,
    pub(crate) rust: String,
    pub(crate) arity: Arity,
    pub(crate) texts: Vec<String>,
    pub(crate) source: Source,
}

impl Held {
    pub(crate) fn new(spec: &Spec<'_>, texts: Vec<String>, source: Source) -> Self {
        Self { name: spec.name.into(), rust: spec.rust.into(), arity: spec.arity, texts, source }
    }
}

impl Values {
    /// Returns the value of a key that is required or has a default.
    ///
    /// # Panics
    ///
    /// If no such key was declared, or with another type or arity.
    #[must_use]
    #[track_caller]
    pub fn get<T: Value>(&self, name: &str) -> T {
        let held = self.typed::<T>(name, &[Arity::Required, Arity::Default, Arity::Flag]);
        parse(held, &held.texts[0])
    }

    /// Returns the value of a key that may be missing.
    ///
    /// # Panics
    ///
    /// If no such key was declared, or with another type or arity.
    #[must_use]
    #[track_caller]
    pub fn optional<T: Value>(&self, name: &str) -> Option<T> {
        let held = self.typed::<T>(name, &[Arity::Optional]);
        held.texts.first().map(|text| parse(held, text))
    }

    /// Returns the values of a key that is a list, in the order they were given.
    ///
    /// # Panics
    ///
    /// If no such key was declared, or with another type or arity.
    #[must_use]
    #[track_caller]
    pub fn list<T: Value>(&self, name: &str) -> Vec<T> {
        let held = self.typed::<T>(name, &[Arity::List]);
        held.texts.iter().map(|text| parse(held, text)).collect()
    }

    /// Tells whether a flag is on.
    ///
    /// # Panics
    ///
    /// If no such key was declared, or it is not a flag.
    #[must_use]
    #[track_caller]
    pub fn flag(&self, name: &str) -> bool {
        let held = self.held(name, &[Arity::Flag]);
        held.texts[0] == "true"
    }

    /// Returns the values of any key as text: none for a missing one, one for a flag.
    ///
    /// # Panics
    ///
    /// If no such key was declared.
    #[must_use]
    #[track_caller]
    pub fn texts(&self, name: &str) -> &[String] {
        &self.held(name, &[]).texts
    }

    /// Tells where the value of a key came from.
    ///
    /// # Panics
    ///
    /// If no such key was declared.
    #[must_use]
    #[track_caller]
    pub fn source(&self, name: &str) -> Source {
        self.held(name, &[]).source
    }

    /// Returns the words after `--`.
    #[must_use]
    pub fn rest(&self) -> &[String] {
        &self.rest
    }

    #[track_caller]
    fn typed<T: Value>(&self, name: &str, arities: &[Arity]) -> &Held {
        let held = self.held(name, arities);
        assert!(held.rust == T::RUST, "key {name} is a {}, not a {}", held.rust, T::RUST);
        held
    }

    /// Finds a key whose arity is one of `arities`; none allow any.
    #[track_caller]
    fn held(&self, name: &str, arities: &[Arity]) -> &Held {
        let Some(held) = self.keys.iter().find(|held| held.name == name) else {
            panic!("key {name} is not declared");
        };
        let is_allowed = arities.is_empty() || arities.contains(&held.arity);
        assert!(is_allowed, "key {name} is {:?}, not {arities:?}", held.arity);
        held
    }
}

#[track_caller]
fn parse<T: Value>(held: &Held, text: &str) -> T {
    match T::parse(text) {
        Ok(value) => value,
        Err(wrong) => panic!("key {} was checked but {text:?} is wrong: {wrong}", held.name),
    }
}
