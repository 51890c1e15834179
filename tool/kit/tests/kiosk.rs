//! Somebody else's tool on this library, with a kind, a device and a default wiring of its own.
#![forbid(unsafe_code)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The folder of this test; what is built there stays for the next run.
fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kiosk");
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

/// Runs the example `kiosk`, which cargo builds together with this test.
fn kiosk(arguments: &[&str]) -> Output {
    let this = env::current_exe().expect("this test is a file");
    let folder_of_cargo = this.ancestors().nth(2).expect("tests lie in a folder of cargo");
    let program = folder_of_cargo.join("examples/kiosk");
    assert!(program.is_file(), "{} is built by `cargo test --examples`", program.display());
    let folder = folder();
    let mut kiosk = Command::new(program);
    kiosk.args(arguments).current_dir(&folder).env("CARGO_TARGET_DIR", folder.join("target"));
    kiosk.env_remove("SARAB_HOME").output().expect("the example runs")
}

/// Runs it and returns what it says; fails if the status is another one.
fn said(arguments: &[&str], status: i32) -> (String, String) {
    let output = kiosk(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{out}\n{error}");
    (out, error)
}

#[test]
fn another_tool_makes_configures_describes_and_runs_a_program() {
    let hall = folder().join("hall");
    if hall.exists() {
        fs::remove_dir_all(&hall).unwrap();
    }
    said(&["new", "hall"], 0);

    let (help, _) = said(&["configure", "hall", "--help"], 0);
    assert!(help.contains("--tower-sound <TEXT>"), "{help}");
    assert!(help.contains("--strokes <N>"), "{help}");

    let (text, _) = said(&["describe", "hall"], 0);
    assert!(text.contains("brass bell"), "{text}");

    let (object, _) = said(&["describe", "hall", "--message-format", "json"], 0);
    assert_eq!(object.lines().count(), 1, "{object}");
    let object: serde_json::Value = serde_json::from_str(&object).unwrap();
    assert_eq!(object["reason"], "described");
    assert_eq!(object["text"], text);

    let (rung, _) = said(&["run", "hall", "--tower-sound", "dong", "--", "--strokes", "3"], 0);
    assert_eq!(rung, "dong\ndong\ndong\n");

    let (_, told) = said(&["run", "hall", "--tower-sound", "dong"], 0);
    assert!(!told.contains(" in "), "what is built already is not built again: {told}");

    let manifest = fs::read_to_string(folder().join("target/kiosk/hall/unix/Cargo.toml")).unwrap();
    assert!(manifest.contains("bell = {"), "{manifest}");
    assert!(!manifest.contains("sarab-stack"), "only what is live is needed: {manifest}");

    let (_, error) = said(&["configure", "hall", "--tower-sond", "dong"], 64);
    assert!(error.contains("did you mean `--tower-sound`?"), "{error}");
}

#[test]
fn help_is_given_at_every_level() {
    let (top, _) = said(&["--help"], 0);
    assert_eq!(said(&["help", "--help"], 0).0, top);
    for command in ["new", "configure", "describe", "why", "build", "run", "clean", "completions"] {
        let (help, _) = said(&[command, "--help"], 0);
        assert!(help.contains(&format!("Usage: kiosk {command}")), "{help}");
    }
}
