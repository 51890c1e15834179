//! The README's commands, run as they are written. Its Rust is compiled by the documentation tests.
#![forbid(unsafe_code)]

use std::{fs, process::Command};

use sarab_acceptance::{
    namespace::{alone, tap},
    process::{Process, succeed},
    project::{empty, sarab_in, write},
    sarab::{root, sarab},
};

const README: &str = include_str!("../../../README.md");

/// Returns the command lines of a text's console blocks, comments cut off.
fn commands(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let blocks = text.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines).map(|line| line.split(" #").next().unwrap_or(line));
    lines.map(|line| line.split_whitespace().collect())
}

#[test]
fn every_command_of_the_readme_does_what_it_says() {
    alone("every_command_of_the_readme_does_what_it_says", build_what_is_run, || {
        tap("tap0", "10.0.0.1/24");
        let folder = empty();
        for words in commands(README) {
            println!("{}", words.join(" "));
            match words[..] {
                ["sarab", "disk", "put", ..] => {
                    write(folder.path(), "htdocs/index.html", "hello\n");
                    succeed(sarab_in(folder.path()).args(&words[1..]));
                }
                ["sarab", "new", _] | ["sarab", "disk", ..] => {
                    drop(succeed(sarab_in(folder.path()).args(&words[1..])));
                }
                ["sarab", "run", .., "--help"] => {
                    assert!(succeed(sarab_in(folder.path()).args(&words[1..])).contains("--port"));
                }
                ["sarab", "run", ..] => serves(sarab_in(folder.path()).args(&words[1..])),
                ["cargo", "run", .., "example/site"] => {
                    serves(sarab_in(root()).args(["run", "example/site"]));
                }
                ["cargo", "xtask", "test"] => {}
                _ => panic!("nothing checks the README's command `{}`", words.join(" ")),
            }
        }
    });
}

#[test]
fn every_command_of_an_examples_readme_does_what_it_says() {
    let test = "every_command_of_an_examples_readme_does_what_it_says";
    let build = || {
        for example in examples() {
            succeed(sarab().args(["build", &format!("example/{example}")]));
        }
    };
    alone(test, build, || {
        tap("tap0", "10.0.0.1/24");
        tap("tap1", "10.0.1.1/24");
        // What `fetch` fetches; its own README is just this command.
        let mut site = Process::start(sarab().args(["run", "example/site"]));
        site.wait_for("listening on port");
        for example in examples().into_iter().filter(|example| example != "site") {
            follow(&example);
        }
        site.signal("INT");
        assert_eq!(site.end().0, Some(0));
    });
}

/// Types what the README of an example says.
fn follow(example: &str) {
    let file = root().join("example").join(example).join("README.md");
    let text = fs::read_to_string(file).expect("an example has a README");
    let mut server = None;
    for words in commands(&text) {
        println!("{}", words.join(" "));
        match (example, &words[..]) {
            ("block" | "lottery" | "notes" | "tree", ["truncate", ..])
            | ("fat", ["mkfs.fat" | "mdir", ..])
            | ("notes", ["curl", ..]) => {
                succeed(Command::new(words[0]).args(&words[1..]).current_dir(root()));
            }
            ("notes", ["sarab", ..]) => {
                let server = server.insert(Process::start(sarab().args(&words[1..])));
                server.wait_for("listening");
            }
            ("echo" | "two-nets", ["sarab", ..]) => {
                let mut process = Process::start(sarab().args(&words[1..]));
                process.wait_for(if example == "echo" { "listening" } else { "left " });
                process.signal("INT");
                assert_eq!(process.end().0, Some(0));
            }
            (_, ["sarab", ..]) => drop(succeed(sarab().args(&words[1..]))),
            _ => panic!("nothing checks the command `{}` of {example}", words.join(" ")),
        }
    }
    if let Some(mut server) = server {
        server.signal("INT");
        assert_eq!(server.end().0, Some(0));
    }
    let _ = fs::remove_file(root().join("disk.img"));
}

/// Returns the names of the examples.
fn examples() -> Vec<String> {
    let entries = fs::read_dir(root().join("example")).expect("there are examples").flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Set it to write the picture instead of comparing it.
const UPDATE: &str = "UPDATE";

#[test]
fn the_picture_in_the_readme_shows_what_describe_shows() {
    let keys = ["--net", "direct", "--pages", "tar", "--format", "svg"];
    let drawn = succeed(sarab().args(["describe", "example/site"]).args(keys));
    let file = root().join("example/site/graph.svg");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&file, &drawn).expect("the picture can be written");
    }
    let shown = fs::read_to_string(file).expect("the picture is there");
    assert_eq!(shown, drawn, "with {UPDATE}=1 it is written anew");
}

/// Builds all that the commands run while there is still a network to fetch crates from.
fn build_what_is_run() {
    let folder = empty();
    succeed(sarab_in(folder.path()).args(["new", "web"]));
    for keys in [&["--net", "direct"], &["--pages", "tar"]] {
        succeed(sarab_in(folder.path()).args(["build", "web"]).args(keys));
    }
    succeed(sarab_in(root()).args(["build", "example/site"]));
}

/// Starts what must listen, and ends it.
fn serves(command: &mut Command) {
    let mut site = Process::start(command);
    site.wait_for("listening on port");
    site.signal("INT");
    assert_eq!(site.end().0, Some(0));
}
