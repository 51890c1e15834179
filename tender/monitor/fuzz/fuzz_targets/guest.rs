//! A guest that writes anything into what it shares with its tender: it is served or ended, and the
//! tender lives. Five bytes are a step; see `tests/hostile/guest.rs`.
#![no_main]

#[path = "../../tests/hostile/elf.rs"]
mod elf;
#[expect(dead_code, reason = "shared with the tests, which use all of it")]
#[path = "../../tests/hostile/guest.rs"]
mod guest;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|program: &[u8]| {
    let _ = guest::Guest::new().run(program);
});
