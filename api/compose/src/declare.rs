//! Declaring a key.

use std::marker::PhantomData;

use sarab_key::Value;

use crate::declaration::{Declaration, all, one, optional};
use crate::key::Key;
use crate::plan::{self, Alias, Arity, Origin, Source, Stage};
use crate::scope::group_of;

/// A key that is being declared.
///
/// The last word says how often it may be given and makes it a [`Key`]: [`default`](Self::default),
/// [`required`](Self::required), [`optional`](Self::optional), [`list`](Self::list),
/// [`list_or`](Self::list_or) or [`flag`](KeyBuilder::flag).
///
/// Unless a stage is said, a key may be given when configuring and when booting, and the boot value
/// wins. But where a branch or a computed value needs it, it is fixed when configuring.
#[must_use = "a key is none until its last word, such as `default` or `required`"]
pub struct KeyBuilder<T> {
    key: plan::Key,
    stage: Option<Stage>,
    is_ungrouped: bool,
    value: PhantomData<fn() -> T>,
}

/// Declares the key `name`, whose values are `T`s.
///
/// A name is of small letters, digits and hyphens (`max-size`). The same key may be declared in
/// several places if all say the same of it.
#[track_caller]
pub fn key<T: Value>(name: &str) -> KeyBuilder<T> {
    let key = plan::Key {
        name: name.to_owned(),
        group: None,
        doc: String::new(),
        value_name: T::NAME.into(),
        rust_type: T::RUST.into(),
        stage: Stage::Both,
        arity: Arity::Required,
        default: None,
        configured: Vec::new(),
        source: Source::Default,
        environment: None,
        aliases: Vec::new(),
        choices: T::CHOICES.iter().map(|&choice| choice.into()).collect(),
        is_live: false,
        origin: Origin::caller(),
    };
    KeyBuilder { key, stage: None, is_ungrouped: false, value: PhantomData }
}

impl<T: Value> KeyBuilder<T> {
    /// Says what it means, in whole sentences.
    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.key.doc = doc.into();
        self
    }

    /// Says what stands for a value in a help text (`PORT`).
    pub fn value_name(mut self, name: impl Into<String>) -> Self {
        self.key.value_name = name.into();
        self
    }

    /// Says when it may be given.
    pub fn stage(mut self, stage: Stage) -> Self {
        self.stage = Some(stage);
        self
    }

    /// Says that it is given when configuring, and only then.
    pub fn configure(self) -> Self {
        self.stage(Stage::Configure)
    }

    /// Says that it is given when booting, and only then.
    pub fn boot(self) -> Self {
        self.stage(Stage::Boot)
    }

    /// Lets an environment variable give it when configuring, where the command line does not.
    pub fn env(mut self, variable: impl Into<String>) -> Self {
        self.key.environment = Some(variable.into());
        self
    }

    /// Adds another name; one letter makes it a short option (`t`, for `-t`).
    pub fn alias(mut self, name: impl Into<String>) -> Self {
        self.key.aliases.push(Alias { name: name.into(), value: None });
        self
    }

    /// Adds a word for one value: after `alias_value("xen", Target::Xen)` on the key `target`,
    /// `--xen` is `--target xen`.
    #[expect(clippy::needless_pass_by_value, reason = "reads as the value it is")]
    pub fn alias_value(mut self, name: impl Into<String>, value: T) -> Self {
        self.key.aliases.push(Alias { name: name.into(), value: Some(value.render()) });
        self
    }

    /// Puts it in the group `name`, within the groups [around](crate::group) it.
    pub fn group(mut self, name: impl Into<String>) -> Self {
        self.key.group = Some(name.into());
        self
    }

    /// Keeps it out of every group: it is one key for the whole unikernel, wherever it is declared.
    pub fn ungrouped(mut self) -> Self {
        self.is_ungrouped = true;
        self
    }

    /// Says all values that it can have.
    pub fn choices(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.key.choices = values.into_iter().map(|value| value.render()).collect();
        self
    }

    /// Ends with: given at most once, and else it is `value`.
    #[expect(clippy::needless_pass_by_value, reason = "reads as the value it is")]
    #[must_use]
    pub fn default(mut self, value: T) -> Key<T> {
        self.key.default = Some(value.render());
        Key::declared(self.end(Arity::Default), one)
    }

    /// Ends with: given exactly once.
    #[must_use]
    pub fn required(self) -> Key<T> {
        Key::declared(self.end(Arity::Required), one)
    }

    /// Ends with: given at most once, and else it is `None`.
    #[must_use]
    pub fn optional(self) -> Key<Option<T>> {
        Key::declared(self.end(Arity::Optional), optional)
    }

    /// Ends with: given any number of times; commas separate as well.
    #[must_use]
    pub fn list(self) -> Key<Vec<T>> {
        Key::declared(self.end(Arity::List), all)
    }

    /// Ends with: given any number of times, and where it is not, it is `values`.
    #[must_use]
    pub fn list_or(mut self, values: impl IntoIterator<Item = T>) -> Key<Vec<T>> {
        let texts: Vec<_> = values.into_iter().map(|value| value.render()).collect();
        self.key.default = Some(sarab_key::join(&texts));
        Key::declared(self.end(Arity::List), all)
    }

    fn end(self, arity: Arity) -> Declaration {
        let Self { mut key, stage, is_ungrouped, .. } = self;
        key.arity = arity;
        if arity == Arity::List {
            for alias in &mut key.aliases {
                alias.value = alias.value.take().map(|value| sarab_key::join(&[value]));
            }
        }
        key.group = if is_ungrouped { None } else { group_of(key.group.as_deref()) };
        if let Some(group) = &key.group {
            key.name = format!("{group}-{}", key.name);
            let variable = |name| format!("{}_{name}", group.to_uppercase().replace('-', "_"));
            key.environment = key.environment.map(variable);
            for alias in &mut key.aliases {
                alias.name = format!("{group}-{}", alias.name);
            }
        }
        Declaration::new::<T>(key, stage)
    }
}

impl KeyBuilder<bool> {
    /// Ends with: given without a value, and else it is `false`.
    #[must_use]
    pub fn flag(mut self) -> Key<bool> {
        self.key.choices = Vec::new();
        Key::declared(self.end(Arity::Flag), one)
    }
}
