//! Stores as subjects.

pub(crate) mod fat;
pub(crate) mod files;
pub(crate) mod layer;
mod together;
pub(crate) mod treefs;
