//! The attribute that marks a job.
