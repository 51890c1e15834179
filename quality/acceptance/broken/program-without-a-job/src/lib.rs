//! Has a function, but none that is marked.
#![no_std]

/// Could be a job.
pub async fn start() {}
