//! The command under test.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::process::succeed;

/// Returns the folder of the project.
#[must_use]
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("this crate lies two folders deep")
}

/// Returns a `sarab` command to be given arguments, run from the project's folder.
///
/// It prints no colour and finds neither keys nor folders of the person who runs the tests.
#[must_use]
pub fn sarab() -> Command {
    let mut command = Command::new(binary());
    command.current_dir(root()).env_remove("SARAB_HOME").env_remove("CLICOLOR_FORCE");
    command
}

/// Builds an example, and returns what the command tells a program of it.
#[must_use]
pub fn build(example: &str, target: &str) -> Value {
    let mut command = sarab();
    command.args(["build", &format!("example/{example}"), "-t", target]);
    let said = succeed(command.args(["--message-format", "json"]));
    let mut objects = said.lines().map(|line| serde_json::from_str(line).expect("it is JSON"));
    objects.find(|object: &Value| object["reason"] == "built").expect("it was built")
}

/// Returns the `sarab` binary, built now if it is not, so that it is never an old one.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "sarab-cli"])
            .current_dir(root())
            .status()
            .expect("cargo starts");
        assert!(built.success(), "the sarab command does not build");
        target().join("debug/sarab")
    })
}

/// Returns the folder that this test program was built into.
#[must_use]
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    // target/debug/deps/acceptance-0123
    test.ancestors().nth(3).expect("a test lies in deps/").to_path_buf()
}
