//! Builds the programs that run an image, from the sources of the system.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    cargo::{Build, NotBuilt, Platform, cargo_failed},
    compiler,
    console::Console,
    places::Places,
    project::Project,
    report::{Context, Failure, Report},
    source::Home,
    tool::{Program, Runner},
};

/// A program that runs images, ready to be called.
#[derive(Debug)]
pub(crate) struct Ready {
    /// Its file.
    pub(crate) file: PathBuf,
    /// The words that tell it of its helpers, which go before all others.
    pub(crate) words: Vec<OsString>,
}

/// Builds the programs of `runner` where the project builds, so that they are built once for all
/// that is built there.
pub(crate) fn build(
    runner: &Runner,
    home: &Home,
    project: &Project,
    console: Console,
) -> Result<Ready, Failure> {
    let file = compile(&runner.program, home, project, console)?;
    let mut words = Vec::new();
    for (index, (option, helper)) in runner.helpers.iter().enumerate() {
        let helper = compile(helper, home, project, console)?;
        if index == 0 && !runner.prepare.is_empty() {
            prepare(&helper, runner.prepare)?;
        }
        words.extend([option.into(), helper.into()]);
    }
    Ok(Ready { file, words })
}

/// Lets a helper fetch what it lacks, and says itself what it does.
fn prepare(helper: &Path, words: &[&str]) -> Result<(), Failure> {
    let status = Command::new(helper).args(words).status().context("start", helper)?;
    if status.success() {
        return Ok(());
    }
    let name = helper.file_name().unwrap_or_default().display();
    // It has said itself what is in its way.
    Err(Report::error(format!("`{name} {}` ended with {status}", words.join(" "))).into())
}

fn compile(
    program: &Program,
    home: &Home,
    project: &Project,
    console: Console,
) -> Result<PathBuf, Failure> {
    let Program { library, flags } = program;
    let package = home.of(library.folder)?;
    let name = library.package;
    let build = Build {
        package: &package,
        working_folder: &package,
        target_folder: &project.build_folder,
        arguments: &["--profile", "release", "--bin", name],
        platform: (!flags.is_empty()).then_some(Platform { name: env!("KIT_HOST"), flags }),
        what: format!("compiling {name}"),
        crates: 0,
    };
    let compiled = build.run(console).map_err(|error| match error {
        NotBuilt::Cargo(complaint) => cargo_failed(name, &complaint),
        NotBuilt::Compiler(errors) => {
            let (project, package) = (package.clone(), package.clone());
            compiler::failure(&errors, &Places { project, package, written: None }, name)
        }
    })?;
    Ok(compiled.executable)
}
