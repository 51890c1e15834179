//! Projects that are broken on purpose, and the whole message that each gets.
//!
//! A folder of `broken/` is a project: `command` has the arguments of `sarab`, `message` the exit
//! status and all that the command says, and every other file takes the place of one of the project
//! `broken/ordinary`, with which nothing is wrong. With `UPDATE=1` in the environment the messages
//! are written instead of compared; read what changed.
#![forbid(unsafe_code)]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

use sarab_acceptance::{
    process::run,
    project::{neutral, sarab_in, shared_target, write},
    sarab::root,
};

/// How many cases run at once: most of their time goes to one compiler and one linker each.
const AT_ONCE: usize = 2;

#[test]
fn every_broken_project_gets_its_message() {
    let cases = cases();
    assert!(cases.len() >= 15, "only {} broken projects", cases.len());
    let next = Mutex::new(cases.iter());
    let take = || next.lock().expect("no thread panics with it").next();
    let work = || std::iter::from_fn(take).filter_map(|case| check(case).err()).collect();
    let wrong: Vec<Vec<String>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("every case runs")).collect()
    });
    assert!(wrong.iter().all(Vec::is_empty), "{}", wrong.concat().join("\n"));
}

/// Returns the folders that have a command.
fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(broken()).expect("broken/ is there").flatten();
    let folders = entries.map(|entry| entry.path());
    let mut cases: Vec<PathBuf> = folders.filter(|path| path.join("command").is_file()).collect();
    cases.sort();
    cases
}

fn broken() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("broken")
}

fn check(case: &Path) -> Result<(), String> {
    let said = message(case);
    let file = case.join("message");
    if env::var_os("UPDATE").is_some() {
        return fs::write(&file, &said).map_err(|error| format!("{}: {error}", file.display()));
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    if said == expected {
        return Ok(());
    }
    Err(format!("{}\n--- expected\n{expected}--- said\n{said}", case.display()))
}

/// Runs the command of a case in its project.
fn message(case: &Path) -> String {
    let command = fs::read_to_string(case.join("command")).expect("a case has a command");
    let folder = project(case);
    let mut sarab = sarab_in(&folder);
    sarab.arg("--quiet").args(command.split_whitespace()).env_remove("RUST_BACKTRACE");
    let output = run(&mut sarab);
    let text = [output.stdout, output.stderr].concat();
    let said = neutral(&String::from_utf8_lossy(&text), &folder);
    let status = output.status.code().map_or("a signal".into(), |code| code.to_string());
    format!("status {status}\n{said}")
}

/// Makes the project of a case: the ordinary one, and what is broken in it.
///
/// It lies in the same place at every run and a file is written only where it changed, so that
/// nothing is compiled again that was before.
fn project(case: &Path) -> PathBuf {
    let name = case.file_name().expect("a case has a name").to_string_lossy();
    let folder = shared_target().join("broken").join(&*name);
    let mut files = files(&broken().join("ordinary"));
    files.extend(self::files(case));
    files.retain(|path, _| !path.ends_with("command") && !path.ends_with("message"));
    for path in self::files(&folder).into_keys().filter(|path| !files.contains_key(path)) {
        fs::remove_file(folder.join(path)).expect("a file can be removed");
    }
    for (path, text) in files {
        let text = text.replace("$NAME", &name).replace("$SARAB", &root().display().to_string());
        if fs::read_to_string(folder.join(&path)).is_ok_and(|present| present == text) {
            continue;
        }
        write(&folder, &path.to_string_lossy(), &text);
    }
    folder
}

/// Returns the files in `folder` and the folders in it, with what they hold.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), PathBuf::from(entry.file_name()));
        if path.is_dir() {
            let inside = self::files(&path).into_iter();
            files.extend(inside.map(|(path, text)| (name.join(path), text)));
        } else {
            files.insert(name, fs::read_to_string(path).expect("a file is text"));
        }
    }
    files
}
