//! Stores as subjects.

pub(crate) mod layer;
mod together;
