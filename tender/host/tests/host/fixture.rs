//! A folder with an image and a tender, and the program that stands beside it.

use std::{
    env,
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use rustix::process::getuid;
use sarab_abi::manifest::{Entry, NOTE_TYPE, OWNER, write};
use tempfile::TempDir;

/// An image that asks for nothing.
pub(crate) fn empty() -> Vec<u8> {
    elf(&write::<8>(&[]))
}

/// An image that asks for one network card, `service`.
pub(crate) fn with_a_card() -> Vec<u8> {
    elf(&write::<17>(&[Entry::Network("service")]))
}

/// An ELF file of nothing but a note.
fn elf(manifest: &[u8]) -> Vec<u8> {
    let size = u32::try_from(manifest.len()).expect("small");
    let mut note = [6, size, NOTE_TYPE].map(u32::to_le_bytes).concat();
    note.extend(OWNER.into_iter().chain([0; 2]));
    note.extend(manifest);
    note.resize(note.len().next_multiple_of(4), 0);
    let note_bytes = u64::try_from(note.len()).expect("small");
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    file.extend([0_u64, 64, 0].map(u64::to_le_bytes).concat()); // entry, program headers, sections
    file.extend([0, 0, 0, 0, 64, 0, 56, 0, 1, 0, 0, 0, 0, 0, 0, 0]); // flags, sizes, counts
    file.extend([4_u32, 4].map(u32::to_le_bytes).concat()); // PT_NOTE, readable
    let header = [120, 0, 0, note_bytes, note_bytes, 4];
    file.extend(header.map(u64::to_le_bytes).concat());
    file.extend(note);
    file
}

/// A folder with an image and a tender.
pub(crate) struct Fixture {
    folder: TempDir,
    /// What the tender is called.
    pub(crate) tender: &'static str,
    /// Who runs it.
    pub(crate) user: User,
}

/// Who runs the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// Who runs the tests.
    Own,
    /// A user without any rights, if root runs the tests.
    Nobody,
    /// The same, and every user may open `/dev/net/tun`.
    NobodyWithTaps,
}

/// Gives the number of the device to a file of its own, as the right one may be root's.
const WITH_TAPS: &str = r#"
    mknod -m 666 "$0" c 10 200 && mount --bind "$0" /dev/net/tun || exit
    exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
"#;

impl Fixture {
    /// Makes one with `image`, and a tender that is the shell script `tender`.
    ///
    /// `$TEST` is this test program in it.
    pub(crate) fn new(image: &[u8], tender: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let open = Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open.clone()).expect("it is one's own");
        fs::write(folder.path().join("image"), image).expect("room");
        let test = env::current_exe().expect("a program knows itself");
        let script = format!("#!/bin/sh\nTEST='{}'\n{tender}\n", test.display());
        let path = folder.path().join("tender");
        fs::write(&path, script).expect("room");
        fs::set_permissions(&path, open).expect("it is one's own");
        Self { folder, tender: "tender", user: User::Own }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Calls the tender `name`.
    pub(crate) fn named(mut self, name: &'static str) -> Self {
        fs::rename(self.path(self.tender), self.path(name)).expect("it is one's own");
        self.tender = name;
        self
    }

    /// Returns the command with `options`, and `words` for the guest; separated by spaces.
    pub(crate) fn command(&self, options: &str, words: &str) -> Command {
        let mut command = self.program();
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.arg("--tender").arg(self.path(self.tender)).args(options.split_whitespace());
        command.arg("image").args(words.split_whitespace());
        // Signals to the group of the test program are not for it.
        command.process_group(0);
        command
    }

    fn program(&self) -> Command {
        let program = env!("CARGO_BIN_EXE_sarab-host");
        let mut command = Command::new(program);
        match self.user {
            _ if !getuid().is_root() => {}
            User::Own => {}
            User::Nobody => {
                command.uid(65534).gid(65534);
            }
            User::NobodyWithTaps => {
                command = Command::new("unshare");
                command.args(["--mount", "sh", "-c", WITH_TAPS]).arg(self.path("tun")).arg(program);
            }
        }
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, options: &str, words: &str) -> Said {
        Said::new(&self.command(options, words).output().expect("it starts"))
    }
}

/// What a program has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Said {
    pub(crate) fn new(output: &Output) -> Self {
        Self {
            status: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
