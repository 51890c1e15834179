//! The target: the place that a unikernel is built for.

use sarab_compose::{Impl, Job, Key, Kind, Unikernel, choices, key, match_};

choices! {
    /// A place to run.
    pub enum Target {
        /// An ordinary process.
        Unix = "unix",
        /// A process that may make a handful of system calls.
        Spt = "spt",
        /// A KVM guest without a ring 0.
        Hvt = "hvt",
    }
}

/// Declares the key `target`, which is there even where nothing depends on it: `-t hvt`,
/// `--target hvt` or just `--hvt`.
#[track_caller]
#[must_use]
pub fn target() -> Key<Target> {
    key::<Target>("target")
        .doc("The place to run.")
        .value_name("TARGET")
        .configure()
        .ungrouped()
        .alias("t")
        .alias_value("unix", Target::Unix)
        .alias_value("spt", Target::Spt)
        .alias_value("hvt", Target::Hvt)
        .default(Target::Unix)
}

/// Chooses by the target: `process` on `unix`, `guest` on `spt` and `hvt`.
#[track_caller]
pub(crate) fn on_target<K: Kind>(process: Impl<K>, guest: Impl<K>) -> Impl<K> {
    let cases = [(Target::Unix, process), (Target::Spt, guest.clone()), (Target::Hvt, guest)];
    match_(&target(), cases).exhaustive()
}

/// Answers the tool that started this program with the plan of `jobs`, for whatever target the
/// tool asks for; the last word of a `config.rs`, said once.
///
/// Started by hand the program says so on standard error and exits with 2.
#[track_caller]
pub fn register(name: &str, jobs: impl IntoIterator<Item = Job>) {
    Unikernel::new(name, jobs).key(&target()).register();
}
