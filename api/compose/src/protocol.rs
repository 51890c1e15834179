//! What a tool and the program made from `config.rs` say to each other.
//!
//! The tool writes a [`Request`] as JSON to a file and starts the program with the environment
//! variable [`REQUEST`] naming it. The program answers with a [`Reply`], as JSON, in the file that
//! the request names. Standard output and standard error stay the user's own.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::plan::{Origin, Plan};

/// The environment variable that names the file of the request.
pub const REQUEST: &str = "SARAB_CONFIG_REQUEST";

/// What a tool asks of `config.rs`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// The project's folder.
    pub project: PathBuf,
    /// The file to write the reply to.
    pub reply: PathBuf,
    /// How strict to be.
    pub mode: Mode,
    /// The key values given, in the order of the command line: name and text. A flag has no text.
    pub given: Vec<(String, Option<String>)>,
    /// The folder of the generated package, for devices that prepare files in it; `None` to
    /// prepare nothing.
    pub package: Option<PathBuf>,
}

/// How strict an evaluation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// To learn the keys: values that do not parse, unknown names and missing required values are
    /// passed over.
    Explore,
    /// In earnest.
    Evaluate,
}

/// What `config.rs` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Reply {
    /// The plan.
    Plan(Box<Plan>),
    /// Why there is none.
    Failed(Diagnostic),
}

/// An error that a person can act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What is wrong, naming the thing and the value: lower case, no full stop.
    pub message: String,
    /// The places that it is about, the most important first.
    pub labels: Vec<Label>,
    /// The way out.
    pub help: Option<String>,
    /// Whether the command line is to blame (exit status 64) and not `config.rs` (1).
    pub is_usage: bool,
}

/// A place that a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Where.
    pub origin: Origin,
    /// What is to be seen there.
    pub text: String,
}
