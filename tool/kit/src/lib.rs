//! The library that builds tools like `sarab`: evaluate, generate, build, run.
//!
//! A [`Tool`] says which crate `config.rs` imports, what the parameters of a program are wired to by
//! default, and which targets there are. The library does the rest, the same for every tool: finds
//! the project, compiles and runs its `config.rs`, makes the keys found there options of the
//! command line, writes a package from the plan, builds it, runs it, and tells whatever goes wrong
//! of the user's own lines.
#![forbid(unsafe_code)]

mod cargo;
mod check;
mod cli;
mod command;
mod companions;
mod compiler;
mod console;
mod evaluate;
mod extra;
mod files;
mod generate;
mod image;
mod keys;
mod lock;
mod new;
mod places;
mod program;
mod project;
mod report;
mod run;
mod runner;
mod scan;
mod size;
mod source;
mod toml;
mod tool;
mod turn;
mod wiring;
mod written;

#[cfg(test)]
mod examples;

pub use console::Copying;
pub use extra::{Extra, Problem, Voice};
pub use size::shown_size;
pub use source::Sources;
pub use tool::{
    Attachment, Bare, Companion, CompanionKind, Described, Form, Library, Program, Runner, Target,
    Template, Tool, Wiring,
};
