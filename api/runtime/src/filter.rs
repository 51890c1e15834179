//! Which lines of the log are shown.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use log::LevelFilter;
use sarab_key::{Value, Wrong, closest};

/// Levels for modules: the value of the boot key `--log`.
///
/// `info,net:debug` is `info` for everything but the module `net` and what is in it. A module is
/// named by its path (`sarab_http::server`); the crates of Sarab also by the short name (`http`).
/// Of several that fit, the longest path wins; of several for the same module the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    everywhere: LevelFilter,
    modules: Vec<(String, LevelFilter)>,
}

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::Off,
    LevelFilter::Error,
    LevelFilter::Warn,
    LevelFilter::Info,
    LevelFilter::Debug,
    LevelFilter::Trace,
];

impl Filter {
    /// Shows the lines of `level` and worse, of all modules.
    #[must_use]
    pub const fn all(level: LevelFilter) -> Self {
        Self { everywhere: level, modules: Vec::new() }
    }

    /// Tells the level from which on the lines of `module` are shown.
    #[must_use]
    pub fn level_of(&self, module: &str) -> LevelFilter {
        let short = module.strip_prefix("sarab_").unwrap_or(module);
        let fits = |name: &str| is_within(module, name) || is_within(short, name);
        let fitting = self.modules.iter().filter(|(name, _)| fits(name));
        let longest = fitting.max_by_key(|(name, _)| name.split("::").count());
        longest.map_or(self.everywhere, |(_, level)| *level)
    }

    /// Tells the level that lets the most through.
    #[must_use]
    pub fn max_level(&self) -> LevelFilter {
        let modules = self.modules.iter().map(|(_, level)| *level);
        modules.fold(self.everywhere, Ord::max)
    }
}

fn is_within(module: &str, name: &str) -> bool {
    let rest = module.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

impl Value for Filter {
    const NAME: &'static str = "LEVEL,MODULE:LEVEL,...";
    const RUST: &'static str = "sarab_runtime::Filter";

    fn parse(text: &str) -> Result<Self, Wrong> {
        let mut filter = Self::all(LevelFilter::Info);
        for part in text.split(',') {
            match part.rsplit_once(':') {
                None => filter.everywhere = level(part)?,
                Some((module, text)) => filter.modules.push((self::module(module)?, level(text)?)),
            }
        }
        Ok(filter)
    }

    fn render(&self) -> String {
        let mut text = word(self.everywhere);
        for (module, level) in &self.modules {
            text = format!("{text},{module}:{}", word(*level));
        }
        text
    }
}

fn module(name: &str) -> Result<String, Wrong> {
    if name.is_empty() || name.starts_with(':') || name.ends_with(':') {
        return Err(Wrong::expected("a module before the colon, like net:debug"));
    }
    Ok(name.replace('-', "_"))
}

fn level(text: &str) -> Result<LevelFilter, Wrong> {
    let found = LEVELS.into_iter().find(|level| word(*level) == text);
    found.ok_or_else(|| {
        let words = LEVELS.map(word);
        let expected = format!("levels like info,net:debug (of {})", words.join(", "));
        Wrong::expected(expected).meant(closest(text, words.iter().map(String::as_str)))
    })
}

fn word(level: LevelFilter) -> String {
    level.as_str().to_owned().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn level_of(filter: &str, module: &str) -> LevelFilter {
        Filter::parse(filter).unwrap().level_of(module)
    }

    #[test]
    fn a_level_is_for_all_that_has_no_other() {
        assert_eq!(level_of("warn", "site"), LevelFilter::Warn);
        assert_eq!(level_of("net:debug", "site"), LevelFilter::Info);
        assert_eq!(level_of("off,net:debug", "site::page"), LevelFilter::Off);
    }

    #[test]
    fn a_module_has_its_level_and_lends_it_to_what_is_in_it() {
        assert_eq!(level_of("info,net:debug", "net"), LevelFilter::Debug);
        assert_eq!(level_of("info,net:debug", "net::tcp"), LevelFilter::Debug);
        assert_eq!(level_of("info,net:debug", "network"), LevelFilter::Info);
        assert_eq!(level_of("net:debug,net::tcp:off", "net::tcp::ack"), LevelFilter::Off);
        assert_eq!(level_of("net::tcp:off,net:debug", "net::tcp::ack"), LevelFilter::Off);
        assert_eq!(level_of("net:debug,net:warn", "net"), LevelFilter::Warn);
    }

    #[test]
    fn a_crate_of_the_project_has_a_short_name() {
        assert_eq!(level_of("http:trace", "sarab_http::server"), LevelFilter::Trace);
        assert_eq!(level_of("sarab-http:trace", "sarab_http::server"), LevelFilter::Trace);
    }

    #[test]
    fn a_filter_comes_back_as_it_was_rendered() {
        for text in ["off", "info,net:debug", "trace,a::b:warn,c:off"] {
            assert_eq!(Filter::parse(text).unwrap().render(), text);
        }
        assert_eq!(Filter::parse("warn,a:trace").unwrap().max_level(), LevelFilter::Trace);
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let wrong = Filter::parse("info,net:debgu").unwrap_err().to_string();
        assert!(wrong.ends_with("did you mean debug?"), "{wrong}");
        assert!(wrong.contains("off, error, warn, info, debug, trace"), "{wrong}");
        for text in ["", "loud", ":info", "net:", "info,", "::net:info"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }
}
