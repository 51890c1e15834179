//! Text for whoever watches.

use sarab_pvh::port;

use super::host::host;

/// A port that Xen writes to its own log, and that is there before anything else.
const LOG: u16 = 0xe9;

/// Prints a text on the console, or in the hypervisor's log while there is none.
pub(crate) fn print(text: &str) {
    match host() {
        Some(host) => host.console.write(text.as_bytes()),
        None => port::write_all(LOG, text.as_bytes()),
    }
}

/// Prints what a crash is, on the console and in the hypervisor's log.
pub(crate) fn print_crash(text: &str) {
    // The log first: it is there whoever reads the console.
    port::write_all(LOG, text.as_bytes());
    if host().is_some() {
        print(text);
    }
}
