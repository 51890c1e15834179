//! Names of devices: Rust identifiers, unique, and the same whenever the graph is.

use std::collections::HashSet;

use super::Made;
use crate::plan::{Argument, Constructor, DeviceId};

/// What a variable of generated code cannot be called: Rust's keywords, and the handle of the boot.
const TAKEN: &str = "abstract as async await become boot box break const continue crate do dyn \
    else enum extern false final fn for gen if impl in let loop macro match mod move mut override \
    priv pub ref return self static struct super trait true try type typeof unsafe unsized use \
    virtual where while yield";

/// Names all devices, in their order.
///
/// A name that was given stays, as far as Rust lets it. A method's device is called after the
/// device that has the method (`service_tcp`), any other one after what it is first given to
/// (`service_net`), if that leads to a given name; else it is called by its kind. What is taken
/// then gets a number.
pub(super) fn all(made: &[Made]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut names = vec![String::new(); made.len()];
    let (given, other): (Vec<_>, Vec<_>) =
        (0..made.len()).partition(|&device| made[device].contents.name.is_some());
    for device in given.into_iter().chain(other) {
        let name = wanted(made, device);
        let name = if made[device].contents.name.is_some() && taken.contains(&name) {
            format!("{name}_{}", snake(made[device].contents.kind))
        } else {
            name
        };
        names[device] = free(name, &taken);
        taken.insert(names[device].clone());
    }
    names
}

/// Returns the name that `device` would have if it were alone.
fn wanted(made: &[Made], device: DeviceId) -> String {
    let name = from_given(made, device).unwrap_or_else(|| snake(made[device].contents.kind));
    if is_taken(&name) { format!("{name}_") } else { name }
}

/// Returns the name of `device` that follows from a given one: its own, or that of a relative.
fn from_given(made: &[Made], device: DeviceId) -> Option<String> {
    let contents = &made[device].contents;
    if let Some(name) = &contents.name {
        return Some(plain(name, contents.kind));
    }
    let relative = match (&contents.constructor, contents.arguments.first()) {
        (Constructor::Method(_), Some(Argument::Device(owner))) => Some(*owner),
        _ => first_user(made, device),
    };
    Some(format!("{}_{}", from_given(made, relative?)?, snake(contents.kind)))
}

/// Returns the first device that `device` is given to. Methods do not count: they are called after
/// what they belong to, and a name must end somewhere.
fn first_user(made: &[Made], device: DeviceId) -> Option<DeviceId> {
    made.iter().position(|user| {
        !matches!(user.contents.constructor, Constructor::Method(_))
            && user.contents.arguments.contains(&Argument::Device(device))
    })
}

fn free(name: String, taken: &HashSet<String>) -> String {
    let is_free = |name: &String| !taken.contains(name);
    if is_free(&name) {
        return name;
    }
    let mut numbered = (2..).map(|number| format!("{name}_{number}"));
    numbered.find(is_free).unwrap_or(name)
}

/// Leaves only what an identifier may have of `name`; where that is nothing, `kind`.
fn plain(name: &str, kind: &str) -> String {
    let letter = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name: String = name.chars().map(|c| letter(c).to_ascii_lowercase()).collect();
    let name = name.trim_matches('_');
    match name.bytes().next() {
        None => snake(kind),
        Some(b'0'..=b'9') => format!("{}_{name}", snake(kind)),
        Some(_) => name.to_owned(),
    }
}

/// Returns whether `name` can name a module.
pub(super) fn is_identifier(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(is_word)
        && name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !is_taken(name)
}

fn is_taken(name: &str) -> bool {
    TAKEN.split(' ').any(|taken| taken == name)
}

/// Writes a kind in small letters (`KvRead`: `kv_read`).
fn snake(kind: &str) -> String {
    let mut name = String::new();
    for letter in kind.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}
