//! Runs every example as a user would, and talks to it.
//!
//! A test here types a `sarab` command, plays the peer (a client, a server, a person at the
//! terminal), and checks what a user would see. It knows no code of the project: what it cannot
//! do through the command, a user cannot do either.
//!
//! A test that has a network runs in a network namespace of its own (see [`namespace`]), so ports
//! never collide and nothing leaves the machine.
#![forbid(unsafe_code)]
#![expect(clippy::missing_panics_doc, reason = "a check that fails panics; that is its work")]

pub mod http;
pub mod namespace;
pub mod process;
pub mod project;
pub mod sarab;
pub mod script;
pub mod survival;
pub mod target;
