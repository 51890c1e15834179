//! A `config.rs` as a program: this test program starts itself as one.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use crate::{disk, reads};
use sarab_compose::protocol::{Diagnostic, Mode, REQUEST, Reply, Request};
use sarab_compose::{if_, key, register, reject};

/// Makes [`a_program_that_no_tool_started_says_so_and_exits_with_2`] that program, and says how
/// often it registers; with 0 it rejects instead.
const REGISTRATIONS: &str = "TEST_REGISTRATIONS";

/// What would be the `main` of a `config.rs`.
fn config(registrations: u32) {
    if registrations == 0 {
        reject(Diagnostic::new("a site is too much"));
    }
    for _ in 0..registrations {
        let ram = key::<bool>("ram").env("TEST_RAM").flag();
        register("site", [reads(if_(&ram, disk("ram"), disk("data")))]);
    }
}

const PROGRAM: &str = "program::a_program_that_no_tool_started_says_so_and_exits_with_2";

fn start(registrations: &str, request: Option<&Path>) -> Output {
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", PROGRAM, "--nocapture"]);
    program.env(REGISTRATIONS, registrations).env_remove(REQUEST);
    if let Some(request) = request {
        program.env(REQUEST, request);
    }
    program.output().unwrap()
}

fn ask(registrations: &str, given: &[(&str, Option<&str>)]) -> Reply {
    let folder = tempfile::tempdir().unwrap();
    let given = given.iter().map(|(name, text)| ((*name).into(), text.map(Into::into)));
    let request = Request {
        project: folder.path().into(),
        reply: folder.path().join("reply.json"),
        mode: Mode::Evaluate,
        given: given.collect(),
        package: None,
    };
    let path = folder.path().join("request.json");
    std::fs::write(&path, serde_json::to_vec(&request).unwrap()).unwrap();
    assert!(start(registrations, Some(&path)).status.success());
    serde_json::from_slice(&std::fs::read(&request.reply).unwrap()).unwrap()
}

#[test]
fn a_request_is_answered_with_the_plan() {
    let Reply::Plan(plan) = ask("1", &[("ram", None)]) else { panic!("there is a plan") };
    assert_eq!((&plan.name[..], &plan.devices[0].name[..]), ("site", "ram"));
}

#[test]
fn a_request_is_answered_with_what_is_wrong() {
    let Reply::Failed(diagnostic) = ask("1", &[("rom", None)]) else { panic!("there is no key") };
    assert_eq!(diagnostic.help.unwrap(), "did you mean `--ram`?");
}

#[test]
fn a_word_that_rejects_answers_for_the_program() {
    let Reply::Failed(diagnostic) = ask("0", &[]) else { panic!("it is rejected") };
    assert_eq!(diagnostic.message, "a site is too much");
}

#[test]
fn registering_twice_is_an_error_at_both_places() {
    let Reply::Failed(diagnostic) = ask("2", &[]) else { panic!("it is registered twice") };
    assert_eq!(diagnostic.message, "a unikernel is registered twice");
    assert_eq!(diagnostic.labels.len(), 2);
}

#[test]
fn a_program_that_no_tool_started_says_so_and_exits_with_2() {
    if let Ok(registrations) = env::var(REGISTRATIONS) {
        return config(registrations.parse().unwrap());
    }
    let output = start("1", None);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("describes a unikernel to the tool that builds it"), "{text}");
}

#[test]
fn a_request_that_cannot_be_read_is_named() {
    let output = start("1", Some(Path::new("/nowhere/request.json")));
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("/nowhere/request.json"));
}
