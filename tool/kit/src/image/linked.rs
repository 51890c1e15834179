//! Explains why an image without an operating system is none: a crate in it needs what only an
//! operating system has.

use std::collections::BTreeSet;

use cargo_metadata::CompilerMessage;

use super::headers::Headers;
use crate::{
    project::Project,
    report::{Failure, Label, Report},
    tool::{Bare, Target},
};

/// What was to be linked.
pub(super) struct Subject<'a> {
    pub(super) name: &'a str,
    pub(super) target: &'a Target,
    pub(super) bare: &'a Bare,
    pub(super) project: &'a Project,
}

/// How many names are told of before the rest is counted.
const NAMES_MAX: usize = 4;

impl Subject<'_> {
    /// Explains the errors of the compiler, where they come of such a crate.
    pub(super) fn explain(&self, errors: &[CompilerMessage]) -> Option<Failure> {
        let standard = errors.iter().find_map(user_of_std).map(|user| self.standard(user));
        standard.or_else(|| errors.iter().find_map(|error| self.undefined(error)))
    }

    /// Checks that an image was linked which asks for nothing beside itself.
    pub(super) fn check(&self, headers: Option<&Headers>) -> Result<(), Failure> {
        let message = match headers {
            None => format!("what was built of `{}` is no image", self.name),
            Some(Headers { libraries, .. }) if !libraries.is_empty() => {
                format!("`{}` asks for {} beside it", self.name, listed(libraries))
            }
            Some(Headers { symbols, .. }) if !symbols.is_empty() => self.no_symbols(symbols),
            Some(headers) if headers.has_interpreter => {
                format!("`{}` asks for a loader", self.name)
            }
            Some(_) => return Ok(()),
        };
        let note = format!("on the target `{}` an image is all that is loaded", self.target.name);
        Err(Report::error(message).note(note).help(WITHOUT_C).into())
    }

    /// Reports that the crate `user` uses the standard library.
    fn standard(&self, user: &str) -> Failure {
        let target = self.target.name;
        if user != self.project.library {
            let message = format!(
                "the crate `{user}` uses the standard library, and `{target}` has no operating \
                 system"
            );
            let help = "switch its feature `std` off (`default-features = false`), or use another";
            return Report::error(message).help(help).into();
        }
        let name = self.name;
        let message =
            format!("`{name}` uses the standard library, and `{target}` has no operating system");
        let label = Label::new(&self.project.library_file, 1, 1, "`#![no_std]` is missing here");
        let help = format!(
            "write `#![no_std]` above the first item; `use {}::*` brings `String`, `Vec` and the \
             like",
            self.bare.prelude
        );
        Report::error(message).label(label).help(help).into()
    }

    /// Reports the symbols that the linker looked for, if that is what an error is about.
    fn undefined(&self, error: &CompilerMessage) -> Option<Failure> {
        let said = error.message.children.iter().map(|note| note.message.as_str());
        let lines: Vec<_> = said.flat_map(str::lines).collect();
        let symbols = lines.iter().filter_map(|line| undefined_symbol(line)).collect::<Vec<_>>();
        if symbols.is_empty() {
            return None;
        }
        let crates: BTreeSet<_> = lines.iter().filter_map(|line| referring_crate(line)).collect();
        let report = Report::error(self.no_symbols(&distinct(symbols))).help(WITHOUT_C);
        let crates: Vec<_> = crates.into_iter().collect();
        let note = |crates: &[&str]| format!("needed by {}", listed(crates));
        Some(if crates.is_empty() { report } else { report.note(note(&crates)) }.into())
    }

    fn no_symbols<T: AsRef<str>>(&self, symbols: &[T]) -> String {
        let (name, target) = (self.name, self.target.name);
        format!("`{name}` cannot be linked for `{target}`: nothing defines {}", listed(symbols))
    }
}

const WITHOUT_C: &str = "a crate that needs the C library cannot be in such an image: switch off \
                         what needs it, or use another";

/// Returns the crate that uses the standard library, where an error says that something is defined
/// there and here.
fn user_of_std(error: &CompilerMessage) -> Option<&str> {
    let is_duplicate = error.message.code.as_ref().is_some_and(|code| code.code == "E0152");
    let notes = error.message.children.iter().map(|note| note.message.as_str());
    notes.filter(|_| is_duplicate).find_map(|note| {
        let (_, user) = note.split_once("in crate `std` (which `")?;
        Some(user.split_once('`')?.0)
    })
}

/// Returns the symbol that a line of lld or of GNU ld misses.
fn undefined_symbol(line: &str) -> Option<&str> {
    if let Some((_, symbol)) = line.split_once("undefined symbol: ") {
        return Some(symbol.trim());
    }
    let (_, symbol) = line.split_once("undefined reference to `")?;
    Some(symbol.trim_end_matches('\''))
}

/// Returns the crate whose archive a line of the linker names: `.. in archive ../libsite-0a1b.rlib`.
fn referring_crate(line: &str) -> Option<&str> {
    let (_, archive) = line.rsplit_once('/')?;
    let (name, _) = archive.strip_prefix("lib")?.split_once(".rlib")?;
    Some(name.rsplit_once('-')?.0)
}

/// Returns the names without those that were there before.
fn distinct(names: Vec<&str>) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    names.into_iter().filter(|name| seen.insert(*name)).collect()
}

/// Returns the names as a person lists them, the first few of many.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    let shown = names.iter().take(NAMES_MAX).map(|name| format!("`{}`", name.as_ref()));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{examples, report::render};

    fn note(text: &str) -> Value {
        json!({
            "message": text, "code": null, "level": "note", "spans": [], "children": [],
            "rendered": null,
        })
    }

    fn error(code: &Value, notes: &[&str]) -> CompilerMessage {
        let notes: Vec<_> = notes.iter().map(|text| note(text)).collect();
        let message = json!({
            "message": "it failed", "code": code, "level": "error", "spans": [], "rendered": null,
            "children": notes,
        });
        let target = json!({
            "name": "site", "kind": ["bin"], "crate_types": ["bin"], "src_path": "/main.rs",
        });
        serde_json::from_value(json!({ "package_id": "x", "target": target, "message": message }))
            .unwrap()
    }

    fn with_subject<R>(act: impl FnOnce(&Subject<'_>) -> R) -> R {
        let (_folder, project) = examples::project(&[("src/lib.rs", "//! A program.\n")]);
        let target = &examples::TOOL.targets[1];
        let bare = target.form.bare().unwrap();
        act(&Subject { name: "site", target, bare, project: &project })
    }

    fn explained(code: &Value, notes: &[&str]) -> Option<String> {
        with_subject(|subject| {
            let failure = subject.explain(&[error(&Value::Null, &[]), error(code, notes)])?;
            let text = render(&failure.reports[0], false);
            Some(text.replace(&subject.project.folder.display().to_string(), "PROJECT"))
        })
    }

    fn duplicate(user: &str) -> Option<String> {
        let note =
            format!("the lang item is first defined in crate `std` (which `{user}` depends on)");
        explained(&json!({ "code": "E0152", "explanation": null }), &[&note])
    }

    #[test]
    fn a_program_that_uses_std_is_told_what_to_write() {
        insta::assert_snapshot!("program_with_std", duplicate("site").unwrap());
    }

    #[test]
    fn a_crate_that_uses_std_is_named() {
        insta::assert_snapshot!("crate_with_std", duplicate("httpdate").unwrap());
    }

    #[test]
    fn symbols_that_nothing_defines_are_named_with_who_needs_them() {
        let symbols = ["read", "open", "poll", "close", "read", "syscall"];
        let said = symbols.map(|symbol| {
            format!(
                "rust-lld: error: undefined symbol: {symbol}\n>>> referenced by file.rs:9\n\
                 >>>   get.o:(get) in archive /b/libget-22e5.rlib\n"
            )
        });
        let said = said.concat();
        let text = explained(&Value::Null, &["\"cc\" \"-m64\"", &said]).unwrap();
        insta::assert_snapshot!("undefined_symbols", text);
        let gnu = "/usr/bin/ld: /b/libget-22e5.rlib(get.o): undefined reference to `read'";
        let text = explained(&Value::Null, &[gnu]).unwrap();
        assert!(text.contains("nothing defines `read`"), "{text}");
        assert!(text.contains("needed by `get`"), "{text}");
    }

    #[test]
    fn other_errors_are_left_to_the_compiler() {
        assert_eq!(explained(&Value::Null, &["ld: no space left on device"]), None);
    }

    #[test]
    fn an_image_that_asks_for_something_beside_it_is_refused() {
        let whole = || Headers {
            loaded_bytes: 1,
            libraries: Vec::new(),
            symbols: Vec::new(),
            has_interpreter: false,
        };
        let named = || vec!["libz.so.1".to_string()];
        let said = |headers: Option<&Headers>| {
            with_subject(|subject| {
                subject.check(headers).err().map(|failure| failure.reports[0].message.clone())
            })
        };
        assert_eq!(said(Some(&whole())), None);
        for (headers, expected) in [
            (None, "what was built of `site` is no image"),
            (
                Some(Headers { libraries: named(), ..whole() }),
                "`site` asks for `libz.so.1` beside it",
            ),
            (
                Some(Headers { symbols: vec!["read".into()], ..whole() }),
                "`site` cannot be linked for `moon`: nothing defines `read`",
            ),
            (Some(Headers { has_interpreter: true, ..whole() }), "`site` asks for a loader"),
        ] {
            assert_eq!(said(headers.as_ref()).as_deref(), Some(expected));
        }
    }
}
