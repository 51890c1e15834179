//! A unikernel that a command line speaks of: its project, its keys, its plan.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Command};
use sarab_compose::plan::{Key, Plan, Source};

use super::Session;
use crate::{
    check, cli,
    evaluate::{Evaluator, Given},
    generate::{self, Package},
    keys::Keys,
    program::Program,
    project::Project,
    report::{Failure, Report},
    scan::Scan,
    source::Home,
    turn::Turn,
};

/// A project whose `config.rs` is compiled, and whose keys are known.
pub(super) struct Known<'a> {
    pub(super) home: Home,
    pub(super) project: &'a Project,
    pub(super) evaluator: Evaluator<'a>,
    pub(super) keys: Keys,
    /// The whole command, its subcommand with the keys.
    pub(super) command: Command,
    /// What the command line gives for keys.
    pub(super) given: Given,
    /// The target, as far as it is known.
    target: String,
    _turn: Turn,
}

impl<'a> Known<'a> {
    /// Learns the keys of `project` for the `subcommand` whose words are `line`.
    pub(super) fn learn(
        session: &Session<'_>,
        project: &'a Project,
        subcommand: &str,
        line: &[OsString],
    ) -> Result<Self, Failure> {
        let home = session.tool.sources.find()?;
        let turn = Turn::take(&project.output, session.console)?;
        let evaluator = Evaluator::compile(session.tool, &home, project, session.console)?;
        let mut keys = Keys::default();
        let all = evaluator.explore(&Given::new())?;
        keys.learn(all.keys);
        let command = cli::command(session.tool);
        keys.check(session.tool, &command, evaluator.places())?;
        let scan = read(&keys, session, subcommand, line);
        let given = keys.given(&scan);
        let mut target = all.target;
        if !given.is_empty() {
            // Which keys are live may depend on what is given.
            let plan = evaluator.explore(&given)?;
            keys.learn(plan.keys);
            target = plan.target;
        }
        let command = keys.add_to(command, subcommand);
        Ok(Self { home, project, evaluator, keys, command, given, target, _turn: turn })
    }

    /// Returns the folder that the command line names, now that all options are known.
    pub(super) fn folder(matches: &ArgMatches) -> PathBuf {
        matches.get_one::<OsString>("project").map_or_else(|| PathBuf::from("."), PathBuf::from)
    }

    /// Evaluates the plan without writing anything.
    pub(super) fn plan(&self, session: &Session<'_>) -> Result<Plan, Failure> {
        let plan = self.evaluator.evaluate(&self.given, None, session.console)?;
        self.warn_of_idle_keys(&plan, session);
        Ok(plan)
    }

    /// Evaluates the plan, checks it against the program and writes its package.
    pub(super) fn package(&self, session: &Session<'_>) -> Result<(Plan, Package), Failure> {
        let folder = generate::folder(self.project, &self.target);
        let plan = self.evaluator.evaluate(&self.given, Some(&folder), session.console)?;
        self.warn_of_idle_keys(&plan, session);
        let program = Program::read(&self.project.folder, &self.project.library_file)?;
        check::jobs(&plan, &program, self.evaluator.places())?;
        let package = generate::write(session.tool, &self.home, self.project, &plan)?;
        Ok((plan, package))
    }

    /// Tells of values that change nothing.
    fn warn_of_idle_keys(&self, plan: &Plan, session: &Session<'_>) {
        let is_idle = |key: &&Key| key.source == Source::CommandLine && !key.is_live;
        for key in plan.keys.iter().filter(is_idle) {
            let label = self.evaluator.places().label(&key.origin, "declared here");
            session.console.report(
                &Report::warning(format!("`--{}` changes nothing here", key.name))
                    .label(label)
                    .note("nothing that the other keys select reads it"),
            );
        }
    }
}

/// Reads the words of a subcommand with all keys known.
fn read(keys: &Keys, session: &Session<'_>, subcommand: &str, line: &[OsString]) -> Scan {
    let mut command = keys.add_to(cli::command(session.tool), subcommand);
    command.build();
    command.find_subcommand(subcommand).map(|sub| Scan::read(sub, line)).unwrap_or_default()
}

/// Returns whether there is a project at all, without an error if there is none.
pub(super) fn is_project(folder: &Path) -> bool {
    folder.join("Cargo.toml").is_file()
}
