//! A small store to try the test-bed on: honest, or with one [`Flaw`] that must be found.

mod flaw;
mod store;
mod subject;

pub use flaw::Flaw;
pub use subject::{LedgerSubject, Operation};
