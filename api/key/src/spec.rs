//! How a key is written, checked and explained.

use crate::{Value, Wrong};

/// The description of one key.
///
/// Everything here is `const`, so that a program's keys can be a `static`. Text that is only known
/// when configuring borrows from whoever knows it.
#[derive(Clone, Copy, Debug)]
pub struct Spec<'a> {
    /// The full name, without dashes, group first (`in-port`).
    pub name: &'a str,
    /// What it means: whole sentences.
    pub doc: &'a str,
    /// How often it may be given.
    pub arity: Arity,
    /// The value where none is given, as text; a list's values are joined as [`join`](crate::join)
    /// does it.
    pub default: Option<&'a str>,
    /// The values given when configuring, each as text; they replace the default.
    pub configured: &'a [&'a str],
    /// The environment variable that gives it where the command line does not.
    pub variable: Option<&'a str>,
    /// Other words for it.
    pub aliases: &'a [Alias<'a>],
    /// The values that it may have, if not all of its type.
    pub choices: &'a [&'a str],
    /// What stands for a value in a help text (`PORT`).
    pub value_name: &'a str,
    /// The type of a value as a path.
    pub rust: &'a str,
    check: fn(&str) -> Result<(), Wrong>,
}

/// How often a key may be given, and what it is when it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Given without a value; it is off where it is not given.
    Flag,
    /// At most once; there is a default.
    Default,
    /// At most once; without it, there is no value.
    Optional,
    /// Exactly once.
    Required,
    /// Any number of times; commas separate as well.
    List,
}

/// Another word for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alias<'a> {
    /// The word; one letter makes it a short option (`p`, for `-p`).
    pub name: &'a str,
    /// The value that it stands for (`--unix` is `--target=unix`); without one it is just a name.
    pub value: Option<&'a str>,
}

impl<'a> Alias<'a> {
    /// Makes `name` another name of the key.
    #[must_use]
    pub const fn new(name: &'a str) -> Self {
        Self { name, value: None }
    }

    /// Makes `name`, given without a value, stand for the key with `value`.
    #[must_use]
    pub const fn with_value(name: &'a str, value: &'a str) -> Self {
        Self { name, value: Some(value) }
    }
}

impl<'a> Spec<'a> {
    /// Describes a required key of type `T`; the other methods make it something else.
    #[must_use]
    pub const fn new<T: Value>(name: &'a str, doc: &'a str) -> Self {
        Self {
            name,
            doc,
            arity: Arity::Required,
            default: None,
            configured: &[],
            variable: None,
            aliases: &[],
            choices: T::CHOICES,
            value_name: T::NAME,
            rust: T::RUST,
            check: check::<T>,
        }
    }

    /// Gives it a default, as text: it no longer has to be given.
    #[must_use]
    pub const fn default(self, text: &'a str) -> Self {
        let arity = match self.arity {
            Arity::List => Arity::List,
            _ => Arity::Default,
        };
        Self { default: Some(text), arity, ..self }
    }

    /// Lets it be missing.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self { arity: Arity::Optional, ..self }
    }

    /// Makes it a list.
    #[must_use]
    pub const fn list(self) -> Self {
        Self { arity: Arity::List, ..self }
    }

    /// Makes it a flag, for the type `bool`.
    #[must_use]
    pub const fn flag(self) -> Self {
        Self { arity: Arity::Flag, choices: &[], ..self }
    }

    /// Gives it the values that were chosen when configuring; none leave the default.
    #[must_use]
    pub const fn configured(self, texts: &'a [&'a str]) -> Self {
        Self { configured: texts, ..self }
    }

    /// Lets an environment variable give it, where the command line does not.
    #[must_use]
    pub const fn env(self, variable: &'a str) -> Self {
        Self { variable: Some(variable), ..self }
    }

    /// Gives it other words, instead of those it has.
    #[must_use]
    pub const fn aliases(self, aliases: &'a [Alias<'a>]) -> Self {
        Self { aliases, ..self }
    }

    /// Restricts its values.
    #[must_use]
    pub const fn choices(self, choices: &'a [&'a str]) -> Self {
        Self { choices, ..self }
    }

    /// Changes what stands for a value in a help text.
    #[must_use]
    pub const fn value_name(self, name: &'a str) -> Self {
        Self { value_name: name, ..self }
    }

    /// Checks that `text` is a value of the key's type, and one of its choices.
    pub fn check(&self, text: &str) -> Result<(), Wrong> {
        (self.check)(text)?;
        if self.choices.is_empty() || self.choices.contains(&text) {
            return Ok(());
        }
        let expected = Wrong::expected(alloc::format!("one of {}", self.choices.join(", ")));
        Err(expected.meant(crate::closest(text, self.choices.iter().copied())))
    }
}

fn check<T: Value>(text: &str) -> Result<(), Wrong> {
    T::parse(text).map(drop)
}
