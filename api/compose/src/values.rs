//! The values of keys: what was given, checked, and what holds where nothing was.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Catalog, Entry, Word};
use crate::declaration::{Declaration, missing};
use crate::plan::{self, Arity, Source, Stage};
use crate::protocol::{Diagnostic, Mode};

/// What an evaluation is given: the part of a [`Request`](crate::protocol::Request) that decides
/// the plan, and the environment.
pub struct Inputs<'a> {
    /// How strict to be.
    pub mode: Mode,
    /// The key values given: name and text. A flag has no text.
    pub given: &'a [(String, Option<String>)],
    /// Looks an environment variable up.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

/// The values of all keys, and which of them were asked for.
pub(crate) struct Values {
    given: BTreeMap<String, Given>,
    stages: BTreeMap<String, Stage>,
    live: RefCell<BTreeSet<String>>,
}

/// What one key was given.
struct Given {
    texts: Vec<String>,
    source: Source,
}

impl Values {
    /// Finds the values of all keys of `catalog`, by its environment and command line.
    pub(crate) fn of(catalog: &Catalog, inputs: &Inputs) -> Result<Self, Diagnostic> {
        let stages = catalog.keys().map(|entry| (entry.name().to_owned(), entry.stage)).collect();
        let mut values = Self { given: BTreeMap::new(), stages, live: RefCell::default() };
        let lenient = inputs.mode == Mode::Explore;
        for (word, text) in inputs.given {
            match values.give(catalog, word, text.as_deref()) {
                Err(error) if !lenient => return Err(error),
                Err(_) | Ok(()) => {}
            }
        }
        for entry in catalog.keys() {
            match values.give_from_environment(entry, inputs) {
                Err(error) if !lenient => return Err(error),
                Err(_) | Ok(()) => {}
            }
        }
        Ok(values)
    }

    fn give(
        &mut self,
        catalog: &Catalog,
        word: &str,
        text: Option<&str>,
    ) -> Result<(), Diagnostic> {
        let Some(Word { key, value }) = catalog.word(word) else {
            return Err(unknown(word, catalog));
        };
        let entry = catalog.key(key);
        if entry.stage == Stage::Boot {
            return Err(too_early(entry));
        }
        let text = match (value, text) {
            (Some(_), Some(text)) => return Err(no_value(word, text, entry)),
            (Some(value), None) => value,
            (None, Some(text)) => text,
            (None, None) if entry.arity() == Arity::Flag => "true",
            (None, None) => return Err(needs_value(word, entry)),
        };
        let texts = read(entry, text, &format!("`--{word}`"))?;
        let given = self.given.entry(key.clone());
        let given = given.or_insert(Given { texts: Vec::new(), source: Source::CommandLine });
        given.texts.extend(texts);
        if given.texts.len() > 1 && entry.arity() != Arity::List {
            return Err(twice(entry, &given.texts));
        }
        Ok(())
    }

    fn give_from_environment(&mut self, entry: &Entry, inputs: &Inputs) -> Result<(), Diagnostic> {
        let variable = entry.declaration.key.environment.as_ref();
        let is_asked = entry.stage != Stage::Boot && !self.given.contains_key(entry.name());
        let Some(variable) = variable.filter(|_| is_asked) else { return Ok(()) };
        let Some(text) = (inputs.environment)(variable) else { return Ok(()) };
        let texts = read(entry, &text, &format!("the environment variable `{variable}`"))?;
        self.given.insert(entry.name().into(), Given { texts, source: Source::Environment });
        Ok(())
    }

    /// Returns the texts that `key` was given, or its default, and marks it as live.
    pub(crate) fn texts(&self, key: &Declaration) -> Vec<String> {
        self.mark(key);
        match (self.given.get(key.name()), &key.key.default) {
            (Some(given), _) => given.texts.clone(),
            (None, Some(default)) if key.key.arity == Arity::List => sarab_key::split(default),
            (None, Some(default)) => vec![default.clone()],
            (None, None) if key.key.arity == Arity::Flag => vec!["false".into()],
            (None, None) => Vec::new(),
        }
    }

    /// Marks `key` as live.
    pub(crate) fn mark(&self, key: &Declaration) {
        self.live.borrow_mut().insert(key.name().to_owned());
    }

    /// Returns whether `key` is fixed when configuring.
    pub(crate) fn is_fixed(&self, key: &Declaration) -> bool {
        self.stages.get(key.name()) == Some(&Stage::Configure)
    }

    /// Returns `entry`'s key as it stands in a plan.
    pub(crate) fn planned(&self, entry: &Entry) -> plan::Key {
        let mut key = entry.declaration.key.clone();
        if let Some(given) = self.given.get(entry.name()) {
            key.configured.clone_from(&given.texts);
            key.source = given.source;
            // A configured list without values is none that could stand in for the default.
            key.default = key.default.filter(|_| !given.texts.is_empty());
        }
        key.stage = entry.stage;
        key.is_live = self.live.borrow().contains(entry.name());
        key
    }

    /// Checks that a live key that must be given when configuring was given.
    pub(crate) fn require(&self, key: &Declaration) -> Result<(), Diagnostic> {
        let is_missing = key.key.arity == Arity::Required && !self.given.contains_key(key.name());
        if is_missing { Err(missing(key)) } else { Ok(()) }
    }
}

/// Reads the values in `text`, which stood in `place`.
fn read(entry: &Entry, text: &str, place: &str) -> Result<Vec<String>, Diagnostic> {
    let texts = match entry.arity() {
        Arity::List => sarab_key::split(text),
        _ => vec![text.to_owned()],
    };
    texts
        .iter()
        .map(|text| {
            entry.declaration.read(text)?.map_err(|wrong| {
                Diagnostic::new(format!("{place} cannot be `{text}`: {wrong}"))
                    .at(&entry.declaration.key.origin, "declared here")
                    .usage()
            })
        })
        .collect()
}

fn unknown(word: &str, catalog: &Catalog) -> Diagnostic {
    let diagnostic = Diagnostic::new(format!("there is no key `{word}`")).usage();
    let Some(meant) = sarab_key::closest(word, catalog.words()) else {
        let names: Vec<_> = catalog.keys().map(Entry::name).collect();
        let help = format!("the keys are {}", crate::diagnostic::list(&names));
        return if names.is_empty() { diagnostic } else { diagnostic.help(help) };
    };
    let dashes = if meant.len() == 1 { "-" } else { "--" };
    diagnostic.help(format!("did you mean `{dashes}{meant}`?"))
}

fn too_early(entry: &Entry) -> Diagnostic {
    Diagnostic::new(format!("the key `{}` is given when booting", entry.name()))
        .at(&entry.declaration.key.origin, "declared here")
        .help(format!("give `--{}` to the program when it runs", entry.name()))
        .usage()
}

fn no_value(word: &str, text: &str, entry: &Entry) -> Diagnostic {
    Diagnostic::new(format!("`--{word}` takes no value, and was given `{text}`"))
        .at(&entry.declaration.key.origin, "declared here")
        .help(format!("give `--{} {text}`", entry.name()))
        .usage()
}

fn needs_value(word: &str, entry: &Entry) -> Diagnostic {
    Diagnostic::new(format!("`--{word}` needs a value"))
        .at(&entry.declaration.key.origin, "declared here")
        .help(format!("give `--{word} {}`", entry.declaration.key.value_name))
        .usage()
}

fn twice(entry: &Entry, texts: &[String]) -> Diagnostic {
    let given = crate::diagnostic::list(texts);
    Diagnostic::new(format!("the key `{}` is given more than once: {given}", entry.name()))
        .at(&entry.declaration.key.origin, "declared here, to be given once")
        .usage()
}
