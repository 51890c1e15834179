//! The script that lies beside an image for QEMU.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{process::run, project::empty, sarab::build};

/// The seconds after which a guest that hangs is ended.
const PATIENCE_S: &str = "600";

/// An image and its script, in a folder of their own that goes when it is dropped.
pub struct Script {
    folder: TempDir,
    file: PathBuf,
}

impl Script {
    /// Builds an example for `target`, and takes a copy of it elsewhere.
    #[must_use]
    pub fn of(example: &str, target: &str) -> Self {
        let built = build(example, target);
        let image = Path::new(built["image"].as_str().expect("it is a path"));
        let folder = empty();
        let script = format!("{example}.qemu.sh");
        for name in [example, &script] {
            fs::copy(image.with_file_name(name), folder.path().join(name)).expect("room");
        }
        let file = folder.path().join(script);
        Self { folder, file }
    }

    /// Returns where `file` is in its folder.
    #[must_use]
    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Puts `new` in place of all that stands from `from` to before `to`, as a person does with an editor.
    pub fn edit(&self, from: &str, to: &str, new: &str) {
        let text = fs::read_to_string(&self.file).expect("it is there");
        let (head, rest) = text.split_once(from).expect("it stands there");
        let (_, rest) = rest.split_once(to).expect("it ends");
        fs::write(&self.file, [head, new, to, rest].concat()).expect("room");
    }

    /// Has the guest's disk be `file` of the folder.
    pub fn put_disk(&self, file: &str) {
        self.edit("file.filename=", " \\\n", &format!("file.filename={file}"));
    }

    /// Runs it from elsewhere with words for the guest. Returns the status and what was said.
    #[must_use]
    pub fn run(&self, words: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new("timeout");
        command.arg(PATIENCE_S).arg(&self.file).args(words).current_dir("/");
        let output = run(&mut command);
        let said = String::from_utf8([output.stdout, output.stderr].concat());
        (output.status.code(), said.expect("it prints UTF-8"))
    }
}
