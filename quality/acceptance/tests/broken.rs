//! Projects that are broken on purpose, and the whole message that each gets.
//!
//! A folder of `broken/` is a project: the files that make it special, `command` with the arguments
//! of `sarab`, and `message` with the exit status and all that the command says. A file `Cargo.toml`
//! that is not there is an ordinary one. With `UPDATE=1` in the environment the messages are written
//! instead of compared; read what changed.
#![forbid(unsafe_code)]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use sarab_acceptance::{
    process::run,
    project::{copy, empty, neutral, sarab_in, write},
    sarab::root,
};

#[test]
fn every_broken_project_gets_its_message() {
    let cases = cases();
    assert!(cases.len() >= 15, "only {} broken projects", cases.len());
    let wrong: Vec<String> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("broken");
    let entries = fs::read_dir(folder).expect("broken/ is there").flatten();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    cases.sort();
    cases
}

fn check(case: &Path) -> Result<(), String> {
    let said = message(case);
    let file = case.join("message");
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, &said).map_err(|error| format!("{}: {error}", file.display()))?;
        return Ok(());
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    if said == expected {
        return Ok(());
    }
    Err(format!("{}\n--- expected\n{expected}--- said\n{said}", case.display()))
}

/// Runs the command of a case in a copy of it.
fn message(case: &Path) -> String {
    let temporary = empty();
    let folder = temporary.path().join("broken");
    fs::create_dir(&folder).expect("a folder can be made");
    let command = fs::read_to_string(case.join("command")).expect("a case has a command");
    let manifest = MANIFEST.replace("$SARAB", &root().display().to_string());
    write(&folder, "Cargo.toml", &manifest);
    copy(case, &folder);
    for extra in ["message", "command"] {
        let _ = fs::remove_file(folder.join(extra));
    }
    let output = run(sarab_in(&folder).args(command.split_whitespace()));
    let text = [output.stdout, output.stderr].concat();
    let said = neutral(&String::from_utf8_lossy(&text), &folder);
    let status = output.status.code().map_or("a signal".into(), |code| code.to_string());
    format!("status {status}\n{said}")
}

/// What every project depends on.
const MANIFEST: &str = r#"[package]
name = "broken"
version = "0.1.0"
edition = "2024"

[dependencies]
sarab = { path = "$SARAB/api/sarab" }

[workspace]
"#;
