//! Declared keys: what is known of them, and reading their values.

use std::rc::Rc;

use sarab_key::Value;

use crate::caught::caught;
use crate::key::Key;
use crate::plan::{self, Stage};
use crate::protocol::Diagnostic;

/// A declared key, before it has a value.
pub(crate) struct Declaration {
    /// All that is known of it; its stage only where [`stage`](Self::stage) is said.
    pub(crate) key: plan::Key,
    pub(crate) stage: Option<Stage>,
    rendered: fn(&str) -> Result<String, sarab_key::Wrong>,
}

impl Declaration {
    pub(crate) fn new<T: Value>(key: plan::Key, stage: Option<Stage>) -> Self {
        Self { key, stage, rendered: |text| T::parse(text).map(|value| value.render()) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.key.name
    }

    /// Whether `other` says the same of its key, in whatever place.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let there = plan::Key { origin: self.key.origin.clone(), ..other.key.clone() };
        self.key == there && self.stage == other.stage
    }

    /// Reads a value and writes it as its type does; the error says what was expected.
    pub(crate) fn read(&self, text: &str) -> Result<Result<String, String>, Diagnostic> {
        Ok(self.convert(text)?.and_then(|text| self.chosen(text)))
    }

    /// Reads a value whatever the choices are.
    pub(crate) fn convert(&self, text: &str) -> Result<Result<String, String>, Diagnostic> {
        let converter = format!("the converter of `{}`", self.name());
        let read = caught(&converter, (&self.key.origin, "the key is declared here"), || {
            (self.rendered)(text)
        })?;
        Ok(read.map_err(|wrong| wrong.to_string()))
    }

    fn chosen(&self, text: String) -> Result<String, String> {
        let choices = &self.key.choices;
        if choices.is_empty() || choices.contains(&text) {
            return Ok(text);
        }
        let meant = sarab_key::closest(&text, choices.iter().map(String::as_str))
            .map_or(String::new(), |choice| format!(", did you mean {choice}?"));
        Err(format!("expected one of {}{meant}", choices.join(", ")))
    }
}

/// Reads the value of a key that has one.
pub(crate) fn one<T: Value>(declaration: &Declaration, texts: &[String]) -> Result<T, Diagnostic> {
    match texts.first() {
        Some(text) => parse(declaration, text),
        None => Err(missing(declaration)),
    }
}

/// Reads the value of a key that may have none.
pub(crate) fn optional<T: Value>(
    declaration: &Declaration,
    texts: &[String],
) -> Result<Option<T>, Diagnostic> {
    texts.first().map(|text| parse(declaration, text)).transpose()
}

/// Reads the values of a list.
pub(crate) fn all<T: Value>(
    declaration: &Declaration,
    texts: &[String],
) -> Result<Vec<T>, Diagnostic> {
    texts.iter().map(|text| parse(declaration, text)).collect()
}

fn parse<T: Value>(declaration: &Declaration, text: &str) -> Result<T, Diagnostic> {
    T::parse(text).map_err(|wrong| {
        Diagnostic::new(format!("`{}` cannot be `{text}`: {wrong}", declaration.name()))
            .at(&declaration.key.origin, "declared here")
    })
}

/// Says that a required key was not given.
pub(crate) fn missing(declaration: &Declaration) -> Diagnostic {
    let plan::Key { name, value_name, environment, origin, .. } = &declaration.key;
    let by_variable = environment.as_ref().map_or(String::new(), |name| format!(" or set {name}"));
    Diagnostic::new(format!("the key `{name}` is required"))
        .at(origin, "declared here, without a default")
        .help(format!("give `--{name} {value_name}`{by_variable}"))
        .usage()
}

impl<T: 'static> Key<T> {
    /// Makes the value of a declared key, which `read` reads from its texts.
    pub(crate) fn declared(
        declaration: Declaration,
        read: fn(&Declaration, &[String]) -> Result<T, Diagnostic>,
    ) -> Self {
        let declaration = Rc::new(declaration);
        Self::of_key(Rc::clone(&declaration), move |values| {
            read(&declaration, &values.texts(&declaration))
        })
    }
}
