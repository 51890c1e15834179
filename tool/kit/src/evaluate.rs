//! Compiles and runs `config.rs`, and gets the plan that it describes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use sarab_compose::{
    plan::Plan,
    protocol::{Mode, REQUEST, Reply, Request},
};

use crate::{
    cargo::{Build, NotBuilt, cargo_failed},
    compiler,
    console::Console,
    files,
    places::Places,
    program::Program,
    project::Project,
    report::{Context, Failure, Label, Report},
    source::Home,
    tool::Tool,
    wiring,
};

mod package;
mod panic;

/// Values of keys, in the order of the command line: name and text. A flag has no text.
pub(crate) type Given = Vec<(String, Option<String>)>;

/// A `config.rs` that was compiled.
pub(crate) struct Evaluator<'a> {
    project: &'a Project,
    executable: PathBuf,
    places: Places,
    name: String,
}

impl<'a> Evaluator<'a> {
    /// Compiles the `config.rs` of `project`, or the one that follows from its program.
    pub(crate) fn compile(
        tool: &Tool,
        home: &Home,
        project: &'a Project,
        console: Console,
    ) -> Result<Self, Failure> {
        let (file, written) = if let Some(file) = &project.config_file {
            (file.clone(), None)
        } else {
            let program = Program::read(&project.folder, &project.library_file)?;
            let written = wiring::derive(tool, project, &program)?;
            let file = package::folder(project).join("config.rs");
            files::write(&file, written.text().as_bytes())?;
            (file.clone(), Some((file, written)))
        };
        let name = if written.is_some() { "the default wiring" } else { "config.rs" }.to_string();
        let folder = package::write(tool, home, project, &file)?;
        let places = Places { project: project.folder.clone(), package: folder.clone(), written };
        let package = Build {
            package: &folder,
            working_folder: &project.folder,
            target_folder: &project.build_folder,
            arguments: &[],
            platform: None,
            what: format!("evaluating {name} of {}", project.name),
            crates: 0,
        };
        let built = package.run(console).map_err(|error| match error {
            NotBuilt::Cargo(complaint) => cargo_failed(&name, &complaint),
            NotBuilt::Compiler(errors) => compiler::failure(&errors, &places, &name),
        })?;
        for warning in &built.warnings {
            compiler::warn(warning, &places, console);
        }
        Ok(Self { project, executable: built.executable, places, name })
    }

    /// Returns what knows where its lines really are.
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// Learns the keys that there are when `given` is given.
    pub(crate) fn explore(&self, given: &Given) -> Result<Plan, Failure> {
        self.ask(Mode::Explore, given, None).map(|(plan, _)| plan)
    }

    /// Evaluates in earnest; devices that prepare files do so in the folder `package`.
    ///
    /// What `config.rs` prints comes out on standard error.
    pub(crate) fn evaluate(
        &self,
        given: &Given,
        package: Option<&Path>,
        console: Console,
    ) -> Result<Plan, Failure> {
        let (plan, printed) = self.ask(Mode::Evaluate, given, package)?;
        console.say(&printed);
        Ok(plan)
    }

    fn ask(
        &self,
        mode: Mode,
        given: &Given,
        package: Option<&Path>,
    ) -> Result<(Plan, String), Failure> {
        let folder = &self.places.package;
        let (request_file, reply) = (folder.join("request.json"), folder.join("reply.json"));
        let request = Request {
            project: self.project.folder.clone(),
            reply: reply.clone(),
            mode,
            given: given.clone(),
            package: package.map(Path::to_path_buf),
        };
        let request = serde_json::to_vec(&request).context("write", &request_file)?;
        fs::write(&request_file, request).context("write", &request_file)?;
        // An answer to an earlier question must not be taken for one to this.
        if reply.exists() {
            fs::remove_file(&reply).context("remove", &reply)?;
        }
        let output = self.run(&request_file)?;
        let answer = fs::read(&reply).ok();
        let Some(answer) = answer.and_then(|answer| serde_json::from_slice(&answer).ok()) else {
            return Err(self.no_answer(&output));
        };
        self.answer(answer, &output)
    }

    fn run(&self, request: &Path) -> Result<Output, Failure> {
        let mut config = Command::new(&self.executable);
        config.env(REQUEST, request).current_dir(&self.project.folder).stdin(Stdio::null());
        config.output().context("run", &self.executable)
    }

    fn answer(&self, answer: Reply, output: &Output) -> Result<(Plan, String), Failure> {
        match answer {
            Reply::Plan(mut plan) => {
                self.places.settle(&mut plan);
                Ok((*plan, printed(output)))
            }
            Reply::Failed(diagnostic) => Err(self.places.failure(&diagnostic)),
        }
    }

    /// Says why `config.rs` ended without an answer.
    fn no_answer(&self, output: &Output) -> Failure {
        let printed = printed(output);
        if let Some(panic) = panic::Panic::find(&printed) {
            let report = Report::error(format!("{} panicked: {}", self.name, panic.message));
            return match &panic.origin {
                Some(origin) => {
                    let origin = self.places.origin(origin);
                    report.label(self.places.label(&origin, "panicked here")).into()
                }
                None => report.into(),
            };
        }
        if printed.contains("has overflowed its stack") {
            return Report::error(format!("{} calls itself without an end", self.name))
                .label(self.main("its stack overflowed in a call below this"))
                .help("give the function that calls itself a case in which it does not")
                .into();
        }
        let message = match output.status.code() {
            Some(0) => format!("{} registers nothing", self.name),
            Some(status) => format!("{} ended with status {status}", self.name),
            None => format!("{} was ended by a signal", self.name),
        };
        let report = Report::error(message)
            .label(self.main("ends without `register`"))
            .help("end `main` with `register(NAME, [JOB, ..])`");
        match printed.trim() {
            "" => report.into(),
            printed => report.note(format!("it printed: {printed}")).into(),
        }
    }

    /// Returns a label at the function `main`.
    fn main(&self, text: &str) -> Label {
        let file = self.project.config_file.as_ref().unwrap_or(&self.project.library_file);
        let source = fs::read_to_string(file).unwrap_or_default();
        let mut lines = (1..).zip(source.lines());
        let found = lines.find_map(|(line, text)| Some((line, text.find("fn main")?)));
        let column = |at: usize| u32::try_from(at + "fn ".len() + 1).unwrap_or(1);
        let (line, column) = found.map_or((1, 1), |(line, at)| (line, column(at)));
        Label::new(file, line, column, text)
    }
}

/// Returns what a program wrote to both of its outputs.
fn printed(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}
