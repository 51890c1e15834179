//! A guest under a debugger.

use std::{io, ops::ControlFlow};

use sarab_abi::{Boot, Control, Ring, Status};
use sarab_hvt::{
    Cage, Exit,
    debug::{self, End, Watched},
};
use sarab_monitor::{Error, Start, Tender, until_readable};

/// How long a guest waits at most: while it does, nobody listens to the debugger.
const WAIT_NS: u64 = 100_000_000;

/// A debugger that has come, and where the guest says for how long it waits.
pub(super) struct Debugger {
    watched: Watched,
    control: u64,
}

/// Says where the image is, and waits for a debugger on `port` of the loopback device. If the host asks to end
/// before one has come, the process ends.
pub(super) fn wait(port: u16, start: &Start, cage: &mut Cage) -> Result<Debugger, Error> {
    let boot = start.tender.memory().get::<Boot>(start.boot);
    let boot = boot.ok_or_else(|| Error::unavailable("the boot block is not in guest memory"))?;
    let watched = attach(port, start.image, cage).map_err(|error| {
        Error::unavailable(format_args!("no debugger can come to port {port}: {error}"))
    })?;
    Ok(Debugger { watched, control: boot.control })
}

fn attach(port: u16, image: u64, cage: &mut Cage) -> io::Result<Watched> {
    let debugger = debug::Debugger::listen(port)?;
    eprintln!("debug: image at {image:#x}");
    // There is nothing yet that could be asked to end.
    if !until_readable(debugger.descriptor()) {
        super::end(Status::Interrupted as u8);
    }
    debugger.accept()?.with_image(image).watch(cage)
}

impl Debugger {
    /// Returns the descriptor of the connection.
    pub(super) fn descriptor(&self) -> i32 {
        self.watched.descriptor()
    }

    /// Runs the guest until the debugger goes. If the guest ends before, so does the process.
    pub(super) fn run(self, cage: &mut Cage, tender: &mut Tender) -> Result<(), Error> {
        let Self { watched, control } = self;
        let end = watched.run(cage, &mut |cage, exit| {
            if exit == Exit::Doorbell(Ring::Wait as u32) {
                shorten_wait(control, tender);
            }
            match super::after(exit, cage, tender) {
                Ok(None) => ControlFlow::Continue(()),
                Ok(Some(status)) => ControlFlow::Break(status),
                Err(error) => ControlFlow::Break(fail(&error)),
            }
        });
        match end {
            Ok(End::Detached) => Ok(()),
            Ok(End::Exited(status)) => super::end(status),
            Ok(End::Killed) => super::end(Status::Interrupted as u8),
            Err(error) => Err(Error::unavailable(format_args!("cannot debug the guest: {error}"))),
        }
    }
}

/// Has the guest look again soon. A guest that waits for nothing in time does so at once.
fn shorten_wait(control: u64, tender: &Tender) {
    let Some(mut block) = tender.memory().get::<Control>(control) else { return };
    block.deadline_ns = block.deadline_ns.min(block.anchor_ns.saturating_add(WAIT_NS));
    // If it is not where it was any more, the ring finds that out.
    let _ = tender.memory().put(control, &block);
}

fn fail(error: &Error) -> u8 {
    let _ = error.report("sarab-hvt");
    error.status() as u8
}
