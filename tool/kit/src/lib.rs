//! The library that builds tools like sarab: evaluate, generate, build, run.
#![forbid(unsafe_code)]

mod program;
mod project;
mod report;
mod source;
