//! The words of `config.rs` for bells.

use sarab_compose::{Impl, Key, crate_here, device};

sarab_compose::kinds! {
    /// Something that rings.
    Bell,
}

/// A bell that sounds like `sound`.
#[track_caller]
pub fn brass(sound: &Key<String>) -> Impl<Bell> {
    let bell = device::<fn(String) -> Bell>("bell::Brass::cast").make();
    bell.label("brass bell").needs(crate_here!()).of(sound.clone())
}
