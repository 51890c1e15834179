//! The target: the place that a unikernel is built for.

use sarab_compose::{Job, Key, Unikernel, choices, key};

choices! {
    /// A place to run.
    pub enum Target {
        /// An ordinary process.
        Unix = "unix",
    }
}

/// Declares the key `target`, which is there even where nothing depends on it: `-t unix`,
/// `--target unix` or just `--unix`.
#[track_caller]
#[must_use]
pub fn target() -> Key<Target> {
    key::<Target>("target")
        .doc("The place to run.")
        .value_name("TARGET")
        .configure()
        .alias("t")
        .alias_value("unix", Target::Unix)
        .default(Target::Unix)
}

/// Answers the tool that started this program with the plan of `jobs`, for whatever target the
/// tool asks for; the last word of a `config.rs`, said once.
///
/// Started by hand the program says so on standard error and exits with 2.
#[track_caller]
pub fn register(name: &str, jobs: impl IntoIterator<Item = Job>) {
    Unikernel::new(name, jobs).key(&target()).register();
}
