//! The path of somebody who has just heard of it: nothing but the command, in an empty folder.
#![forbid(unsafe_code)]

use sarab_acceptance::{
    http::curl,
    namespace::alone,
    process::{Process, fail, succeed},
    project::{empty, sarab_in},
};

#[test]
fn a_new_project_runs_and_serves_its_page() {
    let prepare = || {
        let folder = empty();
        succeed(sarab_in(folder.path()).args(["new", "web"]));
        succeed(sarab_in(folder.path()).args(["build", "web"]));
    };
    alone("a_new_project_runs_and_serves_its_page", prepare, || {
        let folder = empty();
        succeed(sarab_in(folder.path()).args(["new", "web"]));
        let mut web = Process::start(sarab_in(folder.path()).args(["run", "web"]));
        web.wait_for("listening on port 8080");
        let page = curl(&[], "http://127.0.0.1:8080/");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.contains("<!doctype html>"), "{page}");
        web.signal("INT");
        assert_eq!(web.end().0, Some(0));
    });
}

#[test]
fn a_new_project_does_not_overwrite_what_is_there() {
    let folder = empty();
    succeed(sarab_in(folder.path()).args(["new", "web"]));
    let said = fail(sarab_in(folder.path()).args(["new", "web"]), 1);
    assert!(said.contains("web"), "{said}");
}

#[test]
fn a_folder_without_a_project_is_explained() {
    let folder = empty();
    let said = fail(sarab_in(folder.path()).arg("run"), 1);
    assert!(said.contains("Cargo.toml") && said.contains("sarab new"), "{said}");
}

#[test]
fn an_unknown_command_ends_with_64() {
    let folder = empty();
    let said = fail(sarab_in(folder.path()).arg("rnu"), 64);
    assert!(said.contains("rnu") && said.contains("run"), "{said}");
}
