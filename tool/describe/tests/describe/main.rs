//! Plans, described in every way.
#![expect(clippy::unwrap_used, reason = "what a test cannot read is a failure of it")]

mod dot;
mod json;
mod layout;
mod plans;
mod svg;
mod text;
mod why;
