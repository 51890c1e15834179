//! A tender believes nothing that its guest, or its image, says.
#![expect(clippy::tests_outside_test_module, reason = "all of this is tests")]

mod elf;
mod guest;
mod images;
mod queues;
