//! The tool: everything that makes one `sarab`-like command different from another.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::{command, extra::Extra, source::Sources};

/// A command that evaluates, generates, builds and runs unikernels.
///
/// The library knows no device, no default wiring and no target: they are all named here. So
/// somebody with devices of their own writes a crate of words for `config.rs`, and a `main` that
/// fills in this structure.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// The name of the command (`sarab`); also that of its folder in cargo's target folder.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// Where the sources of the system are.
    pub sources: Sources,
    /// The crate that `config.rs` imports.
    pub config: Library,
    /// The crate that runs a program: `sarab-runtime`. It is used without its default features; a
    /// target's own crate switches on what there is on that target.
    pub runtime: Library,
    /// Further crates that a generated program may name, though no device needs them: those of the
    /// values of keys and of the device traits.
    pub libraries: &'static [Library],
    /// What the parameters of a job are wired to where there is no `config.rs`.
    pub wiring: Wiring,
    /// The places to run.
    pub targets: &'static [Target],
    /// The project that `new` makes.
    pub template: Template,
    /// Commands of its own, which know no project.
    pub extras: &'static [Extra],
}

/// A crate among the sources of the system.
#[derive(Clone, Copy, Debug)]
pub struct Library {
    /// Its name in Cargo.toml.
    pub package: &'static str,
    /// Its folder, from that of the sources; or an absolute path.
    pub folder: &'static str,
}

/// What the parameters of a job are wired to where there is no `config.rs`.
#[derive(Clone, Copy, Debug)]
pub struct Wiring {
    /// For each trait an expression of `config.rs`, in which `{name}` is the parameter's name:
    /// `("Net", "net({name})")`; it stands there as a string literal.
    pub devices: &'static [(&'static str, &'static str)],
    /// The types of keys that `config.rs` knows without an import, by their last names.
    pub values: &'static [&'static str],
}

/// A place to run.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The value of the key `target`.
    pub name: &'static str,
    /// The crate that boots a program there. It exports the macro `entry`.
    pub library: Library,
    /// What an image is there.
    pub form: Form,
    /// What runs an image there; without it an image runs by itself.
    pub runner: Option<Runner>,
    /// The files that `build` writes beside an image.
    pub companions: &'static [Companion],
}

/// A file beside an image, for whoever runs the image without this tool.
#[derive(Clone, Copy, Debug)]
pub struct Companion {
    /// What its name has behind that of the image (`.cfg`).
    pub suffix: &'static str,
    /// Who may run it.
    pub kind: CompanionKind,
    /// Writes it. It is text of what it is given and nothing else.
    pub write: fn(&Described<'_>) -> String,
}

/// What a companion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompanionKind {
    /// A file that a program reads.
    Text,
    /// A program.
    Script,
}

/// An image, as its companions are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described<'a> {
    /// The name of the unikernel, which is that of its image.
    pub name: &'a str,
    /// The image, by a whole path. Its companions are in the same folder.
    pub image: &'a Path,
    /// The names of the network cards that it asks for, in the order of its manifest.
    pub networks: Vec<&'a str>,
    /// The disks that it asks for, in the order of its manifest.
    pub disks: Vec<Attachment<'a>>,
}

/// What stands for a device unless something else is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment<'a> {
    /// The name of the device.
    pub name: &'a str,
    /// The file, by a whole path, if there is one for it.
    pub file: Option<PathBuf>,
}

/// What an image is.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// A program with the standard library.
    Program,
    /// A program without an operating system, and so without the standard library and the C library.
    Bare(Bare),
}

/// How an image without an operating system is made.
#[derive(Clone, Copy, Debug)]
pub struct Bare {
    /// The platform that cargo compiles for. It is always named, so that `flags` do not reach what
    /// runs on the host.
    pub platform: &'static str,
    /// Flags of rustc for each crate in the image.
    pub flags: &'static [&'static str],
    /// Words for the linker, by way of the C compiler.
    pub link: &'static [&'static str],
    /// The linker script, where the linker's own will not do.
    pub layout: Option<&'static str>,
    /// Libraries of the host that must not be linked in. Empty ones stand first where the linker looks, so
    /// that it says which symbol is missing instead of taking it from the host without a word.
    pub without: &'static [&'static str],
    /// The module whose names stand for those that the standard library brings (`sarab::prelude`).
    pub prelude: &'static str,
}

/// Programs among the sources of the system that run an image.
///
/// They are called as `PROGRAM [HELPERS] [OPTIONS] IMAGE [BOOT KEYS]`; the options are those of `run`.
#[derive(Clone, Copy, Debug)]
pub struct Runner {
    /// The program that `run` becomes.
    pub program: Program,
    /// Further programs, each behind the option that tells `program` of it (`--tender`).
    pub helpers: &'static [(&'static str, Program)],
    /// Words with which the first helper is called before, on the terminal of whoever runs the image: it
    /// fetches what it lacks. Without any it is not called.
    pub prepare: &'static [&'static str],
    /// Which of `run`'s options it understands that an image alone never does: `memory`, `machine`, `debug`.
    pub options: &'static [&'static str],
}

/// A program among the sources of the system.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// Its package, which has the name of the program.
    pub library: Library,
    /// Flags of rustc for each crate in it.
    pub flags: &'static [&'static str],
}

/// The project that `new` makes.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// The crates that the program uses; the attribute `job` is of the first.
    pub uses: &'static [Library],
    /// The files beside Cargo.toml: path and contents, in which `{name}` is the project's name.
    pub files: &'static [(&'static str, &'static str)],
    /// What the project can be asked for once it runs (`curl -i http://127.0.0.1:8080/`).
    pub hint: &'static str,
}

impl Form {
    /// Returns how to make the image, where that takes more than to compile a program.
    pub(crate) fn bare(&self) -> Option<&Bare> {
        match self {
            Self::Program => None,
            Self::Bare(bare) => Some(bare),
        }
    }
}

impl Library {
    /// Returns the name of the crate in Rust code.
    pub(crate) fn identifier(&self) -> String {
        self.package.replace('-', "_")
    }
}

impl Tool {
    /// Runs the command with `args`, the first of which is the name it was called by.
    ///
    /// The status of `run` is that of the unikernel; 64 is a mistake on the command line, 1 any
    /// other failure.
    pub fn run(&self, args: impl IntoIterator<Item = OsString>) -> ExitCode {
        command::run(self, args.into_iter().skip(1).collect())
    }
}
