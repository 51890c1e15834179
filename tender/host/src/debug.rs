//! Letting a debugger in.
//!
//! The tenders whose guest is a machine serve gdb on a port of the loopback device and wait for it.
//! As that is the loopback device of the private network where there is one, a door of the host leads
//! to it.
//! Any other tender is a process that holds the guest: it says where the image lies, waits for SIGUSR1
//! before the guest starts, and gdb attaches to it.

use std::ffi::OsString;

use sarab_runtime::Failure;

use crate::{command::Order, door::Door, unavailable};

/// The port of gdb's own examples.
const PORT: u16 = 1234;

/// The tenders that serve gdb.
const SERVERS: [&str; 2] = ["sarab-hvt", "sarab-qemu"];

/// How a debugger gets in, if one is wanted.
#[derive(Default)]
pub(crate) struct Debug {
    port: Option<u16>,
    is_served: bool,
    /// What leads to the tender's port.
    pub(crate) door: Option<Door>,
}

/// Chooses a port if one is wanted, in the namespace of the host.
pub(crate) fn prepare(order: &Order, is_private: bool) -> Result<Debug, Failure> {
    if !order.debug {
        return Ok(Debug::default());
    }
    let name = order.tender.file_name().unwrap_or_default();
    if SERVERS.iter().all(|server| name != *server) {
        return Ok(Debug { port: Some(PORT), ..Debug::default() });
    }
    let door = Door::loopback(PORT).or_else(|_| Door::loopback(0));
    let door = door.map_err(unavailable("cannot find a free port for gdb"))?;
    // Without a namespace the port is the tender's own to open, so the door is closed again.
    let port = Some(door.to.port());
    Ok(Debug { port, is_served: true, door: is_private.then_some(door) })
}

impl Debug {
    /// Returns the words for the tender.
    pub(crate) fn word(&self) -> Vec<OsString> {
        let words = |port: u16| vec!["--debug".into(), port.to_string().into()];
        self.port.map(words).unwrap_or_default()
    }

    /// Says how to attach, where that is known before the tender runs.
    pub(crate) fn explain(&self, order: &Order) {
        if let (true, Some(port)) = (self.is_served, self.port) {
            let image = order.image.display();
            eprintln!("debug: gdb {image} -ex 'target remote 127.0.0.1:{port}'");
        }
    }

    /// Returns how to attach to the tender `process` once it says where the image lies.
    pub(crate) fn watch(&self, order: &Order, process: u32) -> Option<Attach> {
        let is_attached = self.port.is_some() && !self.is_served;
        is_attached.then(|| Attach { image: order.image.display().to_string(), process })
    }
}

/// How to attach to a tender that holds the guest.
pub(crate) struct Attach {
    image: String,
    process: u32,
}

impl Attach {
    /// What the tender says before the address of the image.
    pub(crate) const HEAD: &'static [u8] = b"debug: image at ";

    /// Returns the explanation for an image that lies at `base`, as the tender wrote it.
    ///
    /// The process is let go while gdb holds it, so that it goes on when gdb does.
    pub(crate) fn explain(&self, base: &str) -> String {
        let Self { image, process } = self;
        format!(
            "debug: gdb -p {process} -ex 'add-symbol-file {image} -o {base}' \
             -ex 'shell kill -USR1 {process}'\n\
             debug: set breakpoints and `continue`; without gdb, `kill -USR1 {process}`\n"
        )
    }
}
