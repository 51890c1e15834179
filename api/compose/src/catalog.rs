//! All keys of a graph, on whatever branch, checked against each other.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::collect::{Collected, Need};
use crate::declaration::Declaration;
use crate::diagnostic::list;
use crate::plan::{self, Alias, Arity, Origin, Stage};
use crate::protocol::Diagnostic;

/// Names that a program gives a meaning of its own when it boots; no key or alias that can be
/// given then may have them.
pub const RESERVED: [&str; 7] = ["disk", "folder", "h", "help", "log", "net", "publish"];

/// All keys by name, and all words that give one.
pub(crate) struct Catalog {
    entries: BTreeMap<String, Entry>,
    words: BTreeMap<String, Word>,
}

/// A key and when it may be given.
pub(crate) struct Entry {
    pub(crate) declaration: Rc<Declaration>,
    pub(crate) stage: Stage,
}

/// What a word on the command line means.
pub(crate) struct Word {
    /// The key that it gives.
    pub(crate) key: String,
    /// The value that it stands for.
    pub(crate) value: Option<String>,
}

impl Catalog {
    /// Checks the keys that were collected.
    pub(crate) fn of(collected: &Collected) -> Result<Self, Diagnostic> {
        let mut catalog = Self { entries: BTreeMap::new(), words: BTreeMap::new() };
        for declaration in &collected.keys {
            catalog.enter(declaration)?;
        }
        for entry in catalog.entries.values_mut() {
            entry.stage = stage(&entry.declaration, collected.needs.get(entry.declaration.name()))?;
        }
        catalog.spell()?;
        Ok(catalog)
    }

    /// Returns all keys, sorted by name.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Returns the key that a [`Word`] named.
    pub(crate) fn key(&self, name: &str) -> &Entry {
        &self.entries[name]
    }

    /// Returns what `word` means, if anything.
    pub(crate) fn word(&self, word: &str) -> Option<&Word> {
        self.words.get(word)
    }

    /// Returns all words that mean something.
    pub(crate) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.keys().map(String::as_str)
    }

    fn enter(&mut self, declaration: &Rc<Declaration>) -> Result<(), Diagnostic> {
        let Some(earlier) = self.entries.get(declaration.name()) else {
            check_name(declaration)?;
            check_texts(declaration)?;
            let entry = Entry { declaration: Rc::clone(declaration), stage: Stage::Both };
            self.entries.insert(declaration.name().to_owned(), entry);
            return Ok(());
        };
        if earlier.declaration.is_same(declaration) {
            return Ok(());
        }
        let name = declaration.name();
        let (here, there) = difference(declaration, &earlier.declaration);
        Err(Diagnostic::new(format!("the key `{name}` is declared twice, differently"))
            .at(&declaration.key.origin, format!("declared here {here}"))
            .at(&earlier.declaration.key.origin, format!("and here {there}"))
            .help("use one declaration for both, or give one of them another name or a group"))
    }

    /// Finds out what every word means.
    fn spell(&mut self) -> Result<(), Diagnostic> {
        for (name, entry) in &self.entries {
            check_reserved(name, entry)?;
            self.words.insert(name.clone(), Word { key: name.clone(), value: None });
        }
        for (name, entry) in &self.entries {
            for Alias { name: word, value } in &entry.declaration.key.aliases {
                check_reserved(word, entry)?;
                check_word(word, "alias", &entry.declaration.key.origin)?;
                let meaning = Word { key: name.clone(), value: value.clone() };
                if let Some(earlier) = self.words.insert(word.clone(), meaning) {
                    return Err(taken(word, entry, &self.entries[&earlier.key]));
                }
            }
        }
        self.spell_negations();
        Ok(())
    }

    /// Lets `--no-tls` switch the flag `tls` off, where `no-tls` means nothing else.
    fn spell_negations(&mut self) {
        let flags = self.entries.iter().filter(|(_, entry)| entry.arity() == Arity::Flag);
        for name in flags.map(|(name, _)| name) {
            let meaning = Word { key: name.clone(), value: Some("false".into()) };
            self.words.entry(format!("no-{name}")).or_insert(meaning);
        }
    }
}

impl Entry {
    pub(crate) fn name(&self) -> &str {
        self.declaration.name()
    }

    pub(crate) fn arity(&self) -> Arity {
        self.declaration.key.arity
    }
}

/// Says of two declarations of one key the first thing in which they differ.
fn difference(one: &Declaration, other: &Declaration) -> (String, String) {
    let facts = |declaration: &Declaration| {
        let plan::Key { rust_type, arity, default, environment, .. } = &declaration.key;
        let text = |text: &Option<String>| text.as_ref().map(|text| format!(" `{text}`"));
        [
            format!("for values of type `{}`", rust_type.rsplit("::").next().unwrap_or(rust_type)),
            format!("as `.{}()`", format!("{arity:?}").to_lowercase()),
            text(default).map_or("without a default".into(), |text| format!("with default{text}")),
            text(environment)
                .map_or("without a variable".into(), |text| format!("with variable{text}")),
            declaration
                .stage
                .map_or("without a stage".into(), |stage| format!("for `Stage::{stage:?}`")),
        ]
    };
    let mut pairs = facts(one).into_iter().zip(facts(other));
    let different = pairs.find(|(one, other)| one != other);
    different.unwrap_or_else(|| ("with these words".into(), "with others".into()))
}

fn stage(declaration: &Declaration, need: Option<&Need>) -> Result<Stage, Diagnostic> {
    match (declaration.stage, need) {
        (Some(Stage::Configure), _) | (None, Some(_)) => Ok(Stage::Configure),
        (None, None) => Ok(Stage::Both),
        (Some(stage), None) => Ok(stage),
        (Some(stage), Some(need)) => Err(known_too_late(declaration, stage, need)),
    }
}

fn known_too_late(declaration: &Declaration, stage: Stage, need: &Need) -> Diagnostic {
    let name = declaration.name();
    let when = match stage {
        Stage::Boot => "is given when booting",
        Stage::Both | Stage::Configure => "may still be given when booting",
    };
    let (what, there, way) = match need {
        Need::Branch(_) => ("a branch on it is", "decided here", "choose in the job"),
        Need::Computed(_) => ("a value is", "computed from it here", "compute in the job"),
    };
    Diagnostic::new(format!("the key `{name}` {when}, but {what} decided when configuring"))
        .at(need.origin(), there)
        .at(&declaration.key.origin, "declared here")
        .help(format!("declare it with `.configure()`, or {way}, which knows the value"))
}

fn check_name(declaration: &Declaration) -> Result<(), Diagnostic> {
    check_word(declaration.name(), "name of a key", &declaration.key.origin)
}

fn check_word(word: &str, what: &str, origin: &Origin) -> Result<(), Diagnostic> {
    let is_good = word.starts_with(|letter: char| letter.is_ascii_lowercase())
        && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !word.ends_with('-')
        && !word.contains("--");
    if is_good {
        return Ok(());
    }
    Err(Diagnostic::new(format!("`{word}` is no {what}"))
        .at(origin, "declared here")
        .help("use small letters, digits and single hyphens, a letter first: `max-size`"))
}

/// Checks that the default, the values of aliases and the choices are values.
fn check_texts(declaration: &Declaration) -> Result<(), Diagnostic> {
    let key = &declaration.key;
    let values = |text: &String| match key.arity {
        Arity::List => sarab_key::split(text),
        _ => vec![text.clone()],
    };
    let defaults = key.default.iter().flat_map(values).map(|text| ("the default", text));
    let aliases = key.aliases.iter().filter_map(|alias| alias.value.as_ref());
    let aliases = aliases.flat_map(values).map(|text| ("an alias", text));
    let choices = key.choices.iter().map(|text| ("a choice", text.clone()));
    for (what, text) in defaults.chain(aliases).chain(choices) {
        if let Err(wrong) = declaration.read(&text)? {
            let name = &key.name;
            let wrong = Diagnostic::new(format!("{what} of `{name}` cannot be `{text}`: {wrong}"))
                .at(&key.origin, "declared here");
            let is_converter = declaration.convert(&text)?.is_err();
            let help = "`render` of its type wrote this and `parse` must read it back";
            return Err(if is_converter { wrong.help(help) } else { wrong });
        }
    }
    Ok(())
}

fn check_reserved(word: &str, entry: &Entry) -> Result<(), Diagnostic> {
    if entry.stage == Stage::Configure || !RESERVED.contains(&word) {
        return Ok(());
    }
    Err(Diagnostic::new(format!("`{word}` has a meaning of its own when booting"))
        .at(&entry.declaration.key.origin, "declared here")
        .help(format!(
            "give it another name, or `.configure()` if it is not for booting; {} are taken",
            list(&RESERVED)
        )))
}

fn taken(word: &str, entry: &Entry, earlier: &Entry) -> Diagnostic {
    let (name, other) = (entry.name(), earlier.name());
    let diagnostic = Diagnostic::new(format!("`{word}` stands for `{name}` and for `{other}`"))
        .at(&entry.declaration.key.origin, format!("`{name}` is declared here"));
    if name == other {
        return diagnostic.help("give each alias once");
    }
    diagnostic
        .at(&earlier.declaration.key.origin, format!("`{other}` is declared here"))
        .help("give one of them another alias")
}
