//! The description language: typed devices, keys, branches, and the plan they make.
//!
//! A `config.rs` is a Rust program that says which devices its jobs use. This crate gives it the
//! words, and gives tools the [`plan`] that comes of it. It knows no device and no target.
#![forbid(unsafe_code)]

pub mod plan;
pub mod protocol;

/// Declares kinds of device: types that exist only to tell devices apart.
#[macro_export]
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => { $($(#[$doc])* pub enum $name {})* };
}
