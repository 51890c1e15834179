//! Whether QEMU can put a fence round itself.

use std::process::{Command, Stdio};

use sarab_guest::qemu::{QEMU, SANDBOX};

/// Asks QEMU, which reads its options in their order: one that it cannot do ends it before it tells its version. A QEMU
/// that is not there cannot, either; the start will say so.
pub(crate) fn is_there() -> bool {
    let mut ask = Command::new(QEMU);
    ask.args(SANDBOX).arg("-version");
    ask.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    ask.status().is_ok_and(|status| status.success())
}
