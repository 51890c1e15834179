//! Answering the tool that started `config.rs`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs, process};

use crate::job::Job;
use crate::package::Package;
use crate::plan::{Origin, Plan};
use crate::protocol::{Diagnostic, REQUEST, Reply, Request};
use crate::unikernel::Unikernel;
use crate::values::Inputs;

/// The exit status of a program that no tool started, or that cannot answer the tool.
const STATUS_NO_TOOL: i32 = 2;

/// The exit status of a program that answered the tool, though with an error.
const STATUS_ANSWERED: i32 = 0;

/// Answers the tool that started this program with the plan of `jobs`; the last word of a
/// `config.rs`, said once.
///
/// Started by hand the program says so on standard error and exits with 2.
#[track_caller]
pub fn register(name: &str, jobs: impl IntoIterator<Item = Job>) {
    Unikernel::new(name, jobs).register();
}

/// Ends `config.rs` with an error, for a word that was given what it cannot use.
///
/// The tool shows the error with its places.
///
/// # Panics
/// Where no tool asks, as in a test.
#[track_caller]
pub fn reject(why: Diagnostic) -> ! {
    let Some(request) = env::var_os(REQUEST) else { panic!("{}", why.message) };
    let request = read(&PathBuf::from(request)).unwrap_or_else(|error| fail(&error));
    write(&request.reply, &Reply::Failed(why)).unwrap_or_else(|error| fail(&error));
    process::exit(STATUS_ANSWERED)
}

impl Unikernel {
    /// Answers the tool that started this program, as [`register`] does.
    #[track_caller]
    pub fn register(&self) {
        let here = Origin::caller();
        let Some(request) = env::var_os(REQUEST) else {
            fail("this program describes a unikernel to the tool that builds it; run the tool");
        };
        let request = PathBuf::from(request);
        let request = read(&request).unwrap_or_else(|error| fail(&error));
        let answer = once(&here).and_then(|()| self.answer(&request));
        let reply = answer.map_or_else(Reply::Failed, |plan| Reply::Plan(Box::new(plan)));
        write(&request.reply, &reply).unwrap_or_else(|error| fail(&error));
    }

    /// Evaluates what `request` asks, in the environment of this process.
    pub fn answer(&self, request: &Request) -> Result<Plan, Diagnostic> {
        let lossy = |text: OsString| text.to_string_lossy().into_owned();
        let environment = |name: &str| env::var_os(name).map(lossy);
        let inputs =
            Inputs { mode: request.mode, given: &request.given, environment: &environment };
        match &request.package {
            Some(folder) => self.prepare(&inputs, &mut Package::new(&request.project, folder)),
            None => self.evaluate(&inputs),
        }
    }
}

/// Fails from the second time on: a reply holds one plan.
fn once(here: &Origin) -> Result<(), Diagnostic> {
    static FIRST: Mutex<Option<Origin>> = Mutex::new(None);
    let mut first = FIRST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    match first.replace(here.clone()) {
        None => Ok(()),
        Some(first) => Err(Diagnostic::new("a unikernel is registered twice")
            .at(here, "registered again here")
            .at(&first, "registered here already")
            .help("register all jobs at once, or make two projects")),
    }
}

fn read(path: &Path) -> Result<Request, String> {
    let request = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_slice(&request)
        .map_err(|error| format!("{} is of another version: {error}", path.display()))
}

fn write(path: &Path, reply: &Reply) -> Result<(), String> {
    let reply = serde_json::to_vec(reply).map_err(|error| error.to_string())?;
    fs::write(path, reply).map_err(|error| format!("{}: {error}", path.display()))
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    process::exit(STATUS_NO_TOOL)
}
