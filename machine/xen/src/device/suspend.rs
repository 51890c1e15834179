//! Being saved and restored, or moved to another host.

use core::fmt::Display;

use sarab_abi::Status;
use sarab_pvh::entropy;
use sarab_runtime::random;
use sarab_xen::hypercall::{Parameter, Reason, Woken};

use super::{
    devices,
    end::end,
    host::{Host, HostError, channel_of},
};

/// Lets the guest be saved; returns when it goes on, wherever that is.
///
/// Where the new host does not serve it, it ends: nothing that it could do then would be right.
pub(crate) fn suspend(host: &Host) {
    match host.domain.suspend() {
        Ok(Woken::Unchanged) => {}
        Ok(Woken::Anew) => resume(host),
        Err(error) => log::error!("cannot be suspended: {error}"),
    }
}

fn resume(host: &Host) {
    stir();
    if let Err(error) = reconnect(host) {
        fail(&error);
    }
    if let Err(error) = devices::resume() {
        fail(&error);
    }
}

/// Draws anew, as this guest may have been restored twice.
fn stir() {
    let mut seed = [0; entropy::SEED_BYTES];
    match entropy::seed(&mut seed, None) {
        Ok(()) => random::stir(&seed),
        Err(error) => fail(&error),
    }
}

fn reconnect(host: &Host) -> Result<(), HostError> {
    host.console.resume(channel_of(&host.domain, Parameter::ConsoleChannel)?);
    let channel = channel_of(&host.domain, Parameter::StoreChannel)?;
    Ok(host.store.resume(channel)?)
}

fn fail(error: &dyn Display) -> ! {
    log::error!("cannot go on in a new domain: {error}");
    end(Status::Unavailable as u8, Reason::Crash)
}
