//! Reading a command line.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::values::Held;
use crate::{Alias, Arity, Source, Spec, Usage, UsageError, Values, closest, split};

/// Reads `words`, without the name of the program, by `specs`.
///
/// A word of the command line wins over a configured value, and that over a default. The first
/// thing that is wrong is the error.
pub fn parse(specs: &[Spec<'_>], words: impl IntoIterator<Item = String>) -> Result<Values, Usage> {
    parse_with(specs, words, |_| None)
}

/// Does what [`parse`] does, with an environment.
///
/// A key with a variable that `variable` knows takes its value from there if the command line has
/// none; it wins over a configured value.
pub fn parse_with(
    specs: &[Spec<'_>],
    words: impl IntoIterator<Item = String>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Values, Usage> {
    let line = Line::read(specs, words)?;
    let mut keys = Vec::with_capacity(specs.len());
    for spec in specs {
        keys.push(resolve(spec, line.given.get(spec.name), &variable)?);
    }
    Ok(Values { keys, rest: line.rest })
}

/// What a command line says, before anything that was left out is filled in.
struct Line<'s, 'a> {
    specs: &'s [Spec<'a>],
    given: BTreeMap<&'a str, Vec<String>>,
    rest: Vec<String>,
}

/// What a word that begins with a dash means.
enum Meaning<'s, 'a> {
    Key(&'s Spec<'a>),
    Fixed(&'s Spec<'a>, &'a str),
    Help,
}

impl<'s, 'a> Line<'s, 'a> {
    fn read(specs: &'s [Spec<'a>], words: impl IntoIterator<Item = String>) -> Result<Self, Usage> {
        let mut line = Self { specs, given: BTreeMap::new(), rest: Vec::new() };
        let mut words = words.into_iter().peekable();
        while let Some(word) = words.next() {
            if word == "--" {
                line.rest.extend(words);
                break;
            }
            if !looks_like_key(&word) {
                return Err(UsageError::UnexpectedWord { word }.into());
            }
            let (key, value) = match word.split_once('=') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            match line.meaning(key)? {
                Meaning::Help => return Err(Usage::Help),
                Meaning::Fixed(spec, text) => line.fixed(spec, key, value, text)?,
                Meaning::Key(spec) => {
                    let next = || words.next_if(|next| !looks_like_key(next));
                    let value = value.or_else(next).ok_or_else(|| missing_value(spec, key))?;
                    line.add(spec, key, &value)?;
                }
            }
        }
        Ok(line)
    }

    fn meaning(&self, key: &str) -> Result<Meaning<'s, 'a>, UsageError> {
        let word = self.specs.iter().find_map(|spec| spec.meaning(key));
        let negated = || self.specs.iter().find_map(|spec| spec.negation(key));
        if let Some(meaning) = word.or_else(negated) {
            return Ok(meaning);
        }
        if matches!(key, "--help" | "-h") {
            return Ok(Meaning::Help);
        }
        Err(UsageError::UnknownKey { key: key.into(), closest: self.closest(key) })
    }

    fn closest(&self, key: &str) -> Option<String> {
        let words: Vec<String> = self.specs.iter().flat_map(Spec::words).collect();
        let known = words.iter().map(String::as_str).chain(["--help"]);
        closest(key, known.filter(|word| word.starts_with("--"))).map(String::from)
    }

    fn fixed(
        &mut self,
        spec: &'s Spec<'a>,
        key: &str,
        value: Option<String>,
        text: &str,
    ) -> Result<(), UsageError> {
        match value {
            Some(value) => Err(UsageError::UnwantedValue { key: key.into(), value }),
            None => self.add(spec, key, text),
        }
    }

    fn add(&mut self, spec: &'s Spec<'a>, key: &str, value: &str) -> Result<(), UsageError> {
        let is_list = spec.arity == Arity::List;
        let texts = if is_list { split(value) } else { vec![value.to_owned()] };
        check(spec, key, &texts, None)?;
        let given = self.given.entry(spec.name).or_default();
        if !is_list && !given.is_empty() {
            return Err(UsageError::Twice { key: key.into() });
        }
        given.extend(texts);
        Ok(())
    }
}

impl<'a> Spec<'a> {
    /// Tells what `key`, with its dashes, means if it is a word for this key.
    fn meaning(&self, key: &str) -> Option<Meaning<'_, 'a>> {
        if key.strip_prefix("--") == Some(self.name) {
            return Some(self.plain());
        }
        let alias = self.aliases.iter().find(|alias| alias.word() == key)?;
        Some(alias.value.map_or_else(|| self.plain(), |value| Meaning::Fixed(self, value)))
    }

    /// Tells what `key` means if it switches this flag off; a word of its own wins over that.
    fn negation(&self, key: &str) -> Option<Meaning<'_, 'a>> {
        let is_own = self.arity == Arity::Flag && key.strip_prefix("--no-") == Some(self.name);
        is_own.then_some(Meaning::Fixed(self, "false"))
    }

    fn plain(&self) -> Meaning<'_, 'a> {
        match self.arity {
            Arity::Flag => Meaning::Fixed(self, "true"),
            _ => Meaning::Key(self),
        }
    }

    /// Returns all words for the key, with their dashes, its name first.
    pub(crate) fn words(&self) -> Vec<String> {
        let mut words = vec![format!("--{}", self.name)];
        words.extend(self.aliases.iter().map(Alias::word));
        words
    }
}

impl Alias<'_> {
    pub(crate) fn word(&self) -> String {
        let dashes = if self.name.chars().nth(1).is_some() { "--" } else { "-" };
        format!("{dashes}{}", self.name)
    }
}

/// Tells a key from a value; `-` alone and negative numbers are values.
fn looks_like_key(word: &str) -> bool {
    let after = word.strip_prefix('-').and_then(|rest| rest.chars().next());
    after.is_some_and(|letter| !letter.is_ascii_digit() && letter != '.')
}

fn resolve(
    spec: &Spec<'_>,
    given: Option<&Vec<String>>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Held, UsageError> {
    if let Some(given) = given {
        return Ok(Held::new(spec, given.clone(), Source::CommandLine));
    }
    if let Some((name, text)) = spec.variable.and_then(|name| Some((name, variable(name)?))) {
        let texts = texts(spec, &text);
        check(spec, &format!("--{}", spec.name), &texts, Some(name))?;
        return Ok(Held::new(spec, texts, Source::Environment));
    }
    let (texts, source) = match (spec.configured, spec.default) {
        ([], None) => (absent(spec)?, Source::Default),
        ([], Some(default)) => (texts(spec, default), Source::Default),
        (configured, _) => {
            (configured.iter().map(ToString::to_string).collect(), Source::Configured)
        }
    };
    check(spec, &format!("--{}", spec.name), &texts, None)?;
    Ok(Held::new(spec, texts, source))
}

fn texts(spec: &Spec<'_>, text: &str) -> Vec<String> {
    if spec.arity == Arity::List { split(text) } else { vec![text.to_owned()] }
}

fn absent(spec: &Spec<'_>) -> Result<Vec<String>, UsageError> {
    match spec.arity {
        Arity::Flag => Ok(vec!["false".to_owned()]),
        Arity::Optional | Arity::List => Ok(Vec::new()),
        Arity::Required | Arity::Default => Err(UsageError::MissingKey {
            key: format!("--{}", spec.name),
            value_name: spec.value_name.into(),
        }),
    }
}

fn check(
    spec: &Spec<'_>,
    key: &str,
    texts: &[String],
    variable: Option<&str>,
) -> Result<(), UsageError> {
    for text in texts {
        spec.check(text).map_err(|wrong| UsageError::WrongValue {
            key: key.into(),
            value: text.clone(),
            variable: variable.map(String::from),
            wrong,
        })?;
    }
    Ok(())
}

fn missing_value(spec: &Spec<'_>, key: &str) -> UsageError {
    UsageError::MissingValue { key: key.into(), value_name: spec.value_name.into() }
}

#[cfg(test)]
mod tests;
