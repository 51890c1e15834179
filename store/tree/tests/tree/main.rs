//! The store against a model, on disks that keep, record, lose and fail.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::cast_possible_truncation, reason = "the disks of tests are small")]

mod basic;
mod crash;
mod damage;
mod discard;
mod disk;
mod dropped;
mod forge;
mod full;
mod given_up;
mod golden;
mod hostile;
mod late;
mod model;
mod polls;
mod random;
mod readers;
mod replay;
mod snapshots;
