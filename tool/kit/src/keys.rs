//! The keys of a unikernel as options of a command.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, ArgAction, Command};
use sarab_compose::plan::{Arity, Key, Stage};

use crate::{
    cli::{self, ATTACHMENTS},
    evaluate::Given,
    places::Places,
    report::{Failure, Report},
    scan::Scan,
    tool::Tool,
};

/// The heading that keys stand under in a help text.
const HEADING: &str = "Keys of this unikernel";

/// All keys that a unikernel was found to have, whatever was given at the time.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    keys: BTreeMap<String, Key>,
}

/// What an option means: a key, and its value where the option itself says that.
type Meaning = (String, Option<String>);

impl Keys {
    /// Adds the keys of another look. What is live is what was live at the last look.
    pub(crate) fn learn(&mut self, keys: Vec<Key>) {
        for key in self.keys.values_mut() {
            key.is_live = false;
        }
        self.keys.extend(keys.into_iter().map(|key| (key.name.clone(), key)));
    }

    /// Returns the key of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Key> {
        self.keys.get(name)
    }

    /// Returns `command` with its `subcommand` understanding the keys that can be given when
    /// configuring.
    pub(crate) fn add_to(&self, command: Command, subcommand: &str) -> Command {
        let own = own_letters(&command, subcommand);
        command.mut_subcommand(subcommand, |subcommand| {
            let keys = self.keys.values().filter(|key| key.stage != Stage::Boot);
            keys.fold(subcommand, |command, key| {
                let off = format!("no-{}", key.name);
                let has_off = key.arity == Arity::Flag && !self.keys.contains_key(&off);
                let command = add(command, key, &own);
                if has_off { command.arg(switched_off(key, off)) } else { command }
            })
        })
    }

    /// Returns what was given for keys among the options of `scan`, in order.
    ///
    /// An attachment without an equals sign is the value of a key.
    pub(crate) fn given(&self, scan: &Scan) -> Given {
        let meanings = self.meanings();
        let mut given = Given::new();
        for (id, value) in &scan.options {
            if let Some((name, fixed)) = meanings.get(id) {
                given.push((name.clone(), fixed.clone().or_else(|| value.clone())));
            } else if self.keys.contains_key(id) && is_attachment_key(id, value.as_deref()) {
                given.push((id.clone(), value.clone()));
            }
        }
        given
    }

    /// Returns what each option of a key means, by the option's id.
    fn meanings(&self) -> BTreeMap<String, Meaning> {
        let mut meanings = BTreeMap::new();
        for key in self.keys.values() {
            meanings.insert(id(&key.name), (key.name.clone(), None));
            if key.arity == Arity::Flag {
                let off = (key.name.clone(), Some("false".into()));
                meanings.insert(id_off(&key.name), off);
            }
            for alias in &key.aliases {
                if let Some(value) = &alias.value {
                    let meaning = (key.name.clone(), Some(value.clone()));
                    meanings.insert(id(&alias.name), meaning);
                }
            }
        }
        meanings
    }

    /// Refuses keys whose words are options of the tool itself.
    pub(crate) fn check(
        &self,
        tool: &Tool,
        command: &Command,
        places: &Places,
    ) -> Result<(), Failure> {
        let taken = own_options(command);
        let configured = self.keys.values().filter(|key| key.stage != Stage::Boot);
        for key in configured {
            let aliases = key.aliases.iter().map(|alias| alias.name.as_str());
            let mut words = aliases.chain([key.name.as_str()]);
            if let Some(word) = words.find(|word| taken.contains(*word)) {
                let (name, tool) = (&key.name, tool.name);
                let message =
                    format!("the key `{name}` cannot be given: `{tool} --{word}` is taken");
                let label = places.label(&key.origin, "declared here");
                let help = "give it another name, or put it in a group";
                return Err(Report::error(message).label(label).help(help).into());
            }
        }
        Ok(())
    }

    /// Explains an option that nobody knows.
    pub(crate) fn unknown(&self, option: &str, command: &Command) -> Failure {
        let name = option.trim_start_matches('-');
        let name = name.split('=').next().unwrap_or(name);
        if let Some(key) = self.get(name).filter(|key| key.stage == Stage::Boot) {
            let message = format!("the key `{name}` is given when booting");
            let value = if key.arity == Arity::Flag { "" } else { &format!(" {}", key.value_name) };
            let help = format!("give it to `run`, after `--`: `run .. -- --{name}{value}`");
            return Report::error(message).help(help).usage();
        }
        let report = Report::error(format!("unknown option `{option}`"));
        let longs = command.get_arguments().filter_map(Arg::get_long);
        let aliases = command.get_arguments().filter_map(Arg::get_all_aliases).flatten();
        match sarab_key::closest(name, longs.chain(aliases)) {
            Some(close) => report.help(format!("did you mean `--{close}`?")).usage(),
            None => report.help("`--help` shows all options").usage(),
        }
    }
}

/// Returns whether an attachment is really a value for the key of the same name.
fn is_attachment_key(id: &str, value: Option<&str>) -> bool {
    ATTACHMENTS.contains(&id) && value.is_some_and(|value| !value.contains('='))
}

fn id(name: &str) -> String {
    format!("key {name}")
}

fn id_off(name: &str) -> String {
    format!("key {name} off")
}

/// Returns the letters that a subcommand understands by itself.
fn own_letters(command: &Command, subcommand: &str) -> Vec<char> {
    let built = built(command);
    let options = built.find_subcommand(subcommand).into_iter().flat_map(Command::get_arguments);
    options.filter_map(Arg::get_short).collect()
}

/// Returns the command with all that clap adds to it: `--help`, and the options of all subcommands.
fn built(command: &Command) -> Command {
    let mut built = command.clone();
    built.build();
    built
}

/// Returns the long options of all subcommands that take keys, without those that share their name
/// with a key.
fn own_options(command: &Command) -> BTreeSet<String> {
    let built = built(command);
    let with_keys = built.get_subcommands().filter(|each| cli::takes_keys(each.get_name()));
    let names = with_keys.flat_map(Command::get_arguments).filter_map(Arg::get_long);
    names.filter(|name| !ATTACHMENTS.contains(name)).map(Into::into).collect()
}

fn add(command: Command, key: &Key, own: &[char]) -> Command {
    if ATTACHMENTS.contains(&key.name.as_str())
        && command.get_arguments().any(|option| option.get_id() == key.name.as_str())
    {
        return share(command, key);
    }
    let mut option = option(key).id(id(&key.name)).long(key.name.clone());
    let mut more = Vec::new();
    for alias in &key.aliases {
        let letter = alias.name.chars().next().filter(|_| alias.name.chars().count() == 1);
        // Where the tool itself means something by the letter, it keeps that meaning.
        let letter_is_free = letter.is_none_or(|letter| !own.contains(&letter));
        match (&alias.value, letter) {
            (Some(value), None) => {
                more.push(stands_for(key, &alias.name, value).long(alias.name.clone()));
            }
            (Some(value), Some(letter)) if letter_is_free => {
                more.push(stands_for(key, &alias.name, value).short(letter));
            }
            (None, Some(letter)) if letter_is_free => option = option.short(letter),
            (_, Some(_)) => {}
            (None, None) => option = option.visible_alias(alias.name.clone()),
        }
    }
    command.arg(option).args(more)
}

/// Returns the option `off` that switches a flag off.
fn switched_off(key: &Key, off: String) -> Arg {
    Arg::new(id_off(&key.name)).long(off).action(ArgAction::SetTrue).hide(true)
}

/// Returns the option of a key, without its words.
fn option(key: &Key) -> Arg {
    let action = if key.arity == Arity::Flag { ArgAction::SetTrue } else { ArgAction::Append };
    let option = Arg::new(id(&key.name))
        .action(action)
        .help(help(key))
        .help_heading(HEADING)
        .hide(!key.is_live);
    if key.arity == Arity::Flag { option } else { option.value_name(key.value_name.clone()) }
}

/// Returns the option `--unix` that stands for `--target unix`.
fn stands_for(key: &Key, word: &str, value: &str) -> Arg {
    Arg::new(id(word))
        .action(ArgAction::SetTrue)
        .help(format!("Stands for --{} {value}", key.name))
        .help_heading(HEADING)
        .hide(!key.is_live)
}

/// Lets an attachment of the tool take the values of the key of the same name as well.
fn share(command: Command, key: &Key) -> Command {
    let name = key.name.clone();
    let help = help(key);
    command.mut_arg(name, |option| {
        let own = option.get_help().map(ToString::to_string).unwrap_or_default();
        let form = option.get_value_names().map(|names| names[0].to_string()).unwrap_or_default();
        option
            .value_name(format!("{}|{form}", key.value_name))
            .help(format!("{help}. With an equals sign: {}", lower(&own)))
            .help_heading(HEADING)
    })
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// Returns what a key means, as the help of clap writes it: without the last full stop.
fn help(key: &Key) -> String {
    let doc = key.doc.trim();
    let mut help = doc.strip_suffix('.').unwrap_or(doc).to_string();
    let mut facts = Vec::new();
    match &key.default {
        Some(default) if key.arity != Arity::Flag => facts.push(format!("default: {default}")),
        _ if key.arity == Arity::Required => facts.push("required".into()),
        _ => {}
    }
    facts.extend(key.environment.iter().map(|variable| format!("env: {variable}")));
    if !key.choices.is_empty() {
        facts.push(format!("possible values: {}", key.choices.join(", ")));
    }
    for fact in facts {
        help.extend([" [", &fact, "]"]);
    }
    help.trim_start().to_string()
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, path::PathBuf};

    use sarab_compose::plan::{Alias, Origin, Source};

    use super::*;
    use crate::examples::TOOL;

    fn key(name: &str, arity: Arity) -> Key {
        Key {
            name: name.into(),
            group: None,
            doc: format!("The {name}."),
            value_name: "N".into(),
            rust_type: "u16".into(),
            stage: Stage::Both,
            arity,
            default: None,
            configured: Vec::new(),
            source: Source::Default,
            environment: None,
            aliases: Vec::new(),
            choices: Vec::new(),
            is_live: true,
            origin: Origin { file: "config.rs".into(), line: 1, column: 1 },
        }
    }

    fn keys() -> Keys {
        let alias = |name: &str, value: Option<&str>| Alias {
            name: name.into(),
            value: value.map(Into::into),
        };
        let target = vec![alias("t", None), alias("unix", Some("unix"))];
        let mut keys = Keys::default();
        keys.learn(vec![
            Key { aliases: vec![alias("p", None)], ..key("port", Arity::Default) },
            Key { aliases: target, choices: vec!["unix".into()], ..key("target", Arity::Default) },
            key("loud", Arity::Flag),
            Key {
                stage: Stage::Configure,
                default: Some("socket".into()),
                ..key("net", Arity::Default)
            },
            Key { is_live: false, ..key("ipv4", Arity::Optional) },
            Key { stage: Stage::Boot, ..key("seed", Arity::Required) },
        ]);
        keys
    }

    fn given(line: &str) -> Vec<(String, Option<String>)> {
        let mut command = keys().add_to(cli::command(&TOOL), "run");
        command.build();
        let words: Vec<_> = line.split_whitespace().map(OsString::from).collect();
        keys().given(&Scan::read(command.find_subcommand("run").unwrap(), &words))
    }

    #[test]
    fn keys_are_given_in_every_way_they_can_be_written() {
        let pair = |name: &str, text: &str| (name.to_string(), Some(text.to_string()));
        for (line, expected) in [
            ("--port 80", vec![pair("port", "80")]),
            ("--port=80 web", vec![pair("port", "80")]),
            ("-t unix", vec![pair("target", "unix")]),
            ("--unix", vec![pair("target", "unix")]),
            ("--loud", vec![("loud".to_string(), None)]),
            ("--no-loud", vec![pair("loud", "false")]),
            ("--net socket --net in=tap:tap0", vec![pair("net", "socket")]),
            ("-p 80:8080 -- --port 9", vec![]),
            ("--port 1 --port 2", vec![pair("port", "1"), pair("port", "2")]),
        ] {
            assert_eq!(given(line), expected, "{line}");
        }
    }

    #[test]
    fn help_shows_live_keys_under_a_heading_of_their_own() {
        let mut command = keys().add_to(cli::command(&TOOL), "configure");
        command.build();
        let help = command.find_subcommand_mut("configure").unwrap().render_help();
        insta::assert_snapshot!(help);
    }

    #[test]
    fn a_key_shares_the_name_of_an_attachment() {
        let mut command = keys().add_to(cli::command(&TOOL), "run");
        command.build();
        let help = command.find_subcommand_mut("run").unwrap().render_help().to_string();
        let line = help.lines().find(|line| line.contains("--net")).unwrap();
        assert!(line.contains("--net <N|NAME=BACKEND>"), "{help}");
    }

    #[test]
    fn an_unknown_option_is_told_of_what_was_meant() {
        let mut command = keys().add_to(cli::command(&TOOL), "run");
        command.build();
        let command = command.find_subcommand("run").unwrap();
        for (option, message, help) in [
            ("--prot", "unknown option `--prot`", "did you mean `--port`?"),
            ("--ipv5=1", "unknown option `--ipv5=1`", "did you mean `--ipv4`?"),
            (
                "--seed",
                "the key `seed` is given when booting",
                "give it to `run`, after `--`: `run .. -- --seed N`",
            ),
            ("--colour", "unknown option `--colour`", "did you mean `--color`?"),
            ("--xyzzy", "unknown option `--xyzzy`", "`--help` shows all options"),
        ] {
            let failure = keys().unknown(option, command);
            let report = &failure.reports[0];
            assert_eq!((report.message.as_str(), report.help.as_deref()), (message, Some(help)));
            assert_eq!(failure.status, 64);
        }
    }

    #[test]
    fn a_key_with_the_name_of_an_option_is_refused_with_its_place() {
        let mut keys = Keys::default();
        keys.learn(vec![key("color", Arity::Default)]);
        let folder = PathBuf::from("/home/site");
        let places = Places { project: folder.clone(), package: folder, written: None };
        let failure = keys.check(&TOOL, &cli::command(&TOOL), &places).unwrap_err();
        let message = "the key `color` cannot be given: `sarab --color` is taken";
        assert_eq!(failure.reports[0].message, message);
        assert_eq!(failure.reports[0].labels[0].line, 1);
    }
}
