//! Carrying connections and datagrams from the host's ports to the unikernel.

mod copy;
mod pipe;
mod tcp;
mod traffic;
mod udp;

use std::rc::Rc;

use rustix::io::Errno;
use sarab_runtime::spawn;
use sarab_unix::reactor::{Source, Start};

pub(crate) use traffic::Traffic;

use crate::door::Door;

/// Carries what comes to `door`, as long as the runtime runs.
pub(crate) fn relay(door: Door, traffic: &Rc<Traffic>) -> Result<(), Errno> {
    let tcp = Source::new(door.tcp, Start::Unknown)?;
    spawn(tcp::serve(tcp, door.to, Rc::clone(traffic)));
    if let Some(udp) = door.udp {
        let udp = Source::new(udp, Start::Writable)?;
        spawn(udp::serve(udp, door.to));
    }
    Ok(())
}
