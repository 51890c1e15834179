//! The text that `--help` shows.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, iter};

use crate::{Alias, Arity, Spec};

/// The help text of a command line, by [`Display`](fmt::Display).
#[derive(Clone, Copy, Debug)]
pub struct Help<'a> {
    /// The words by which the program is called (`site`).
    pub usage: &'a str,
    /// What the program is, in a sentence or a paragraph.
    pub about: &'a str,
    /// The keys, in groups; an empty group is not shown.
    pub sections: &'a [Section<'a>],
}

/// Keys that are shown together.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// The title, without a colon (`keys`).
    pub title: &'a str,
    /// The keys, in the order they are shown.
    pub keys: &'a [Spec<'a>],
}

impl fmt::Display for Help<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.about.is_empty() {
            writeln!(f, "{}\n", self.about)?;
        }
        write!(f, "usage: {}", self.usage)?;
        let keys = || self.sections.iter().flat_map(|section| section.keys);
        for spec in keys().filter(|spec| is_needed(spec)) {
            write!(f, " --{}={}", spec.name, spec.value_name)?;
        }
        writeln!(f, " [KEYS]")?;
        self.sections.iter().try_for_each(|section| write_section(f, section))?;
        writeln!(f, "\n  --help, -h\n      Shows this text.")
    }
}

fn is_needed(spec: &Spec<'_>) -> bool {
    spec.arity == Arity::Required && spec.configured.is_empty() && spec.default.is_none()
}

fn write_section(f: &mut fmt::Formatter<'_>, section: &Section<'_>) -> fmt::Result {
    if section.keys.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{}:", section.title)?;
    section.keys.iter().try_for_each(|spec| write_key(f, spec))
}

fn write_key(f: &mut fmt::Formatter<'_>, spec: &Spec<'_>) -> fmt::Result {
    writeln!(f, "  {}", heading(spec))?;
    for line in spec.doc.lines() {
        writeln!(f, "      {}", line.trim())?;
    }
    let notes = notes(spec);
    if notes.is_empty() { Ok(()) } else { writeln!(f, "      [{}]", notes.join("; ")) }
}

/// Writes a key and its other names as they are written on a command line.
fn heading(spec: &Spec<'_>) -> String {
    let names = spec.aliases.iter().filter(|alias| alias.value.is_none()).map(Alias::word);
    let Spec { name, value_name, .. } = spec;
    let first = match spec.arity {
        Arity::Flag => format!("--{name}"),
        Arity::List => format!("--{name}={value_name},..."),
        _ => format!("--{name}={value_name}"),
    };
    iter::once(first).chain(names).collect::<Vec<_>>().join(", ")
}

/// Tells what there is to know beside the doc.
fn notes(spec: &Spec<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if is_needed(spec) {
        notes.push("required".into());
    }
    if !spec.choices.is_empty() {
        notes.push(format!("one of: {}", spec.choices.join(", ")));
    }
    if !spec.configured.is_empty() {
        notes.push(format!("configured: {}", crate::join(spec.configured)));
    } else if let Some(default) = spec.default {
        notes.push(format!("default: {default}"));
    }
    for alias in spec.aliases {
        if let Some(value) = alias.value {
            notes.push(format!("{} is --{}={value}", alias.word(), spec.name));
        }
    }
    if let Some(variable) = spec.variable {
        notes.push(format!("environment: {variable}"));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn a_help_text_shows_all_that_a_key_has() {
        const PROGRAM: &[Spec] = &[
            Spec::new::<u16>("port", "TCP port to listen on.\nBelow 1024 it needs a privilege.")
                .default("8080")
                .configured(&["9090"])
                .env("PORT")
                .value_name("PORT")
                .aliases(&[Alias::new("p"), Alias::with_value("web", "80")]),
            Spec::new::<String>("name", "Whom to greet."),
            Spec::new::<String>("tag", "").list().default("a,b"),
        ];
        const REST: &[Spec] = &[
            Spec::new::<bool>("loud", "Shouts.").flag(),
            Spec::new::<bool>("tls", "Encrypts.").default("true"),
        ];
        let sections = [
            Section { title: "keys", keys: PROGRAM },
            Section { title: "none", keys: &[] },
            Section { title: "more keys", keys: REST },
        ];
        let help = Help { usage: "site", about: "Serves pages.", sections: &sections };
        assert_eq!(help.to_string(), include_str!("help.txt"));
    }
}
