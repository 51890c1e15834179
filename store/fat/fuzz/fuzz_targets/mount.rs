//! Any bytes as a volume. The same harness runs, bounded, as an ordinary test.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/hostile/harness.rs"]
mod harness;

fuzz_target!(|input: &[u8]| harness::survive(input));
