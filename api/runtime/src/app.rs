//! What a program knows of itself.

use sarab_key::Spec;

use crate::current;

/// What was built: written into the program when it is configured.
#[derive(Clone, Copy, Debug)]
pub struct App {
    /// The name by which it was registered.
    pub name: &'static str,
    /// The version of the program's crate.
    pub version: &'static str,
    /// The target it was built for.
    pub target: &'static str,
    /// The crates it was built of, with their versions.
    pub crates: &'static [(&'static str, &'static str)],
    /// Its boot keys.
    pub keys: &'static [Spec<'static>],
}

/// Returns what the running program knows of itself.
///
/// # Panics
///
/// If no runtime runs here.
#[must_use]
#[track_caller]
pub fn app() -> &'static App {
    current::get().app
}
