//! Text for whoever watches.

use sarab_pvh::port::Port;

use super::host::host;

/// A port that Xen writes to its own log, and that is there before anything else.
// SAFETY: Xen takes the byte that is written there, and nothing else.
const LOG: Port = unsafe { Port::new(0xe9) };

/// Prints a text on the console, or in the hypervisor's log while there is none.
pub(crate) fn print(text: &str) {
    match host() {
        Some(host) => host.console.write(text.as_bytes()),
        None => LOG.write_all(text.as_bytes()),
    }
}

/// Prints what a crash is, on the console and in the hypervisor's log.
pub(crate) fn print_crash(text: &str) {
    // The log first: it is there whoever reads the console.
    LOG.write_all(text.as_bytes());
    if host().is_some() {
        print(text);
    }
}
