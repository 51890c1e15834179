//! What the `config.rs` of a kiosk imports.
#![forbid(unsafe_code)]

pub use bell::describe::*;
pub use sarab_compose::{Impl, Job, Key, Unikernel, choices, group, job, key};

choices! {
    /// Where a kiosk stands.
    pub enum Place {
        /// In a process.
        Process = "unix",
    }
}

/// The bell `name`, with its own key for the sound: `--tower-sound`.
#[track_caller]
pub fn bell(name: &str) -> Impl<Bell> {
    let sound = group(name, || {
        key::<String>("sound").doc("What the bell sounds like.").default("ding".into())
    });
    brass(&sound).named(name)
}

/// Reads a value that is written as text.
#[track_caller]
pub fn value<T: sarab_compose::Value>(text: &str) -> T {
    T::parse(text).unwrap_or_else(|wrong| panic!("`{text}`: {wrong}"))
}

/// Answers the tool with the plan of `jobs`.
#[track_caller]
pub fn register(name: &str, jobs: impl IntoIterator<Item = Job>) {
    let place = key::<Place>("target").doc("Where to run.").configure().default(Place::Process);
    Unikernel::new(name, jobs).key(&place).register();
}
