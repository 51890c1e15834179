//! A tender of the target `virtio`: starts QEMU for an image with a PVH entry.
//!
//! ```text
//! sarab-qemu [--machine microvm|q35] [--accel kvm|tcg] [--show] [--memory SIZE]
//!     [--net NAME=tap:DEVICE|NAME=user].. [--disk NAME=FILE].. [--env NAME].. [--debug PORT]
//!     IMAGE [WORD]..
//! ```
//!
//! What the image expects, and how it says its status, stands in `machine/PVH.md`. The guest's serial port
//! is this program's standard input and output, its reports go to standard error. `--show` writes QEMU's
//! command line, for a shell, and starts nothing. A QEMU that can fences itself in (`-sandbox`).

mod accelerator;
mod device;
mod end;
mod machine;
mod options;
mod process;
mod report;
mod run;
mod sandbox;
mod status;

use std::{env, process::ExitCode};

use sarab_guest::qemu::{Line, Reports, quote};
use sarab_monitor::{
    Error,
    attach::{check, variables},
    command::Command,
    image::Pvh,
    words::command_line,
};

use device::Attached;
use options::Options;
use status::Status;

/// What this program calls itself.
const NAME: &str = "sarab-qemu";

/// Less than this is not enough for the firmware.
const MEMORY_BYTES_MIN: u64 = 2 << 20;

fn main() -> ExitCode {
    match tend() {
        Ok(status) => status.into(),
        Err(error) => u8::try_from(error.report(NAME)).unwrap_or(u8::MAX).into(),
    }
}

fn tend() -> Result<u8, Error> {
    let mut options = Options::default();
    let command = Command::read_with(env::args_os().skip(1), &mut options)?;
    let image = Pvh::open(&command.image)?;
    check_memory(command.memory_bytes, image.end)?;
    check(&image.wants, &command)?;
    let machine = machine::choose(options.machine, image.wants.len())?;
    let boot = command_line(&variables(&command.variables), &command.texts()?);
    machine::check_text(machine, &boot)?;
    // The disks stay locked as long as `attached` is there.
    let attached = Attached::open(&image.wants, &command)?;
    let status = Status::new().map_err(|error| unavailable("cannot make a pipe", error))?;
    let line = Line {
        machine,
        accelerator: options.accelerator.unwrap_or_else(accelerator::choose),
        memory_bytes: command.memory_bytes,
        devices: &attached.devices,
        image: &command.image,
        boot: &boot,
        reports: Reports::StandardError,
        status: status.number(),
        has_sandbox: sandbox::is_there(),
        debug_port: command.debug_port,
    };
    let words = line.words();
    if options.shows {
        println!("{}", quote(&words));
        return Ok(0);
    }
    run::run(&words, status)
}

/// Refuses memory in which the image, which ends at `end`, has no room.
fn check_memory(memory_bytes: u64, end: u64) -> Result<(), Error> {
    match end.max(MEMORY_BYTES_MIN) {
        least if memory_bytes < least => Err(Error::usage(format_args!(
            "the machine has {memory_bytes} bytes of memory, and the image alone takes {least}; give it more \
             with `--memory SIZE`"
        ))),
        _ => Ok(()),
    }
}

/// What was `tried` and why it failed, for want of something in the host.
fn unavailable(tried: &str, why: impl std::fmt::Display) -> Error {
    Error::unavailable(format_args!("{tried}: {why}"))
}
