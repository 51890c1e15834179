//! The boot keys of a program, as the specifications that it reads its command line by.

use sarab_compose::plan::{Alias, Arity, Key, Plan, Stage};

/// Returns the keys that can be given when booting and that something depends on.
pub(super) fn of(plan: &Plan) -> impl Iterator<Item = &Key> {
    plan.keys.iter().filter(|key| key.is_live && key.stage != Stage::Configure)
}

/// Returns a key as an expression, indented by two steps and with a comma.
pub(super) fn spec(key: &Key) -> String {
    let mut spec = format!("        Spec::new::<{}>({:?}, {:?})", key.rust_type, key.name, key.doc);
    for word in words(key) {
        spec += "\n            ";
        spec += &word;
    }
    spec + ","
}

/// Returns the words that make a required key what it is.
fn words(key: &Key) -> Vec<String> {
    let mut words = Vec::new();
    match key.arity {
        Arity::Flag => words.push(".flag()".into()),
        Arity::Optional => words.push(".optional()".into()),
        Arity::List => words.push(".list()".into()),
        Arity::Default | Arity::Required => {}
    }
    let default = key.default.iter().filter(|_| key.arity != Arity::Flag);
    words.extend(default.map(|default| format!(".default({default:?})")));
    if !key.configured.is_empty() {
        words.push(format!(".configured(&{:?})", key.configured));
    }
    words.extend(key.environment.iter().map(|variable| format!(".env({variable:?})")));
    if !key.aliases.is_empty() {
        let aliases: Vec<_> = key.aliases.iter().map(alias).collect();
        words.push(format!(".aliases(&[{}])", aliases.join(", ")));
    }
    if !key.choices.is_empty() {
        words.push(format!(".choices(&{:?})", key.choices));
    }
    words.push(format!(".value_name({:?})", key.value_name));
    words
}

fn alias(alias: &Alias) -> String {
    match &alias.value {
        Some(value) => format!("Alias::with_value({:?}, {value:?})", alias.name),
        None => format!("Alias::new({:?})", alias.name),
    }
}

/// Returns the expression of the value that the program was booted with.
pub(super) fn value(key: &Key) -> String {
    let Key { name, rust_type, .. } = key;
    match key.arity {
        Arity::Flag => format!("boot.flag({name:?})"),
        Arity::Optional => format!("boot.optional::<{rust_type}>({name:?})"),
        Arity::List => format!("boot.list::<{rust_type}>({name:?})"),
        Arity::Default | Arity::Required => format!("boot.get::<{rust_type}>({name:?})"),
    }
}
