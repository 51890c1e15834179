//! The tender of the target `xen`: its guest is a domain.
//!
//! ```text
//! sarab-xl [--memory SIZE] [--net NAME=BACKEND].. [--disk NAME=FILE].. [--env NAME].. IMAGE [WORD]..
//! sarab-xl --prepare
//! ```
//!
//! On a dom0 it drives `xl`, and a card's backend is `bridge:BRIDGE`. Anywhere else it boots a
//! [lab](sarab_lab::xen) in QEMU and starts itself there; then the backend is `tap:DEVICE`, or `user` for
//! a network that QEMU makes up, or `user:HOST:GUEST` to reach a port of the guest by one of the loopback interface.
//! `--prepare` fetches what the lab is made of, for whoever has no network later.
//!
//! The status is the guest's. SIGINT, SIGTERM and SIGHUP ask the guest to end, a second one ends it with 130.
//! A guest that is asked has all the time that it wants.
#![forbid(unsafe_code)]

mod backend;
mod console;
mod dom0;
mod folder;
mod guest;
mod outside;
mod signals;
mod terminal;
mod toolstack;

use std::{env, ffi::OsString, path::Path, process};

use sarab_lab::{agent, progress::Progress, xen::Lab};
use sarab_monitor::{Error, attach::Devices, command::Command, image::Pvh};

/// The name of this program before what it says.
const NAME: &str = "sarab-xl";

fn main() {
    let words: Vec<OsString> = env::args_os().skip(1).collect();
    let done = match words.as_slice() {
        [first, port] if first == "--agent" => {
            agent::serve(Path::new(port)).map(|()| 0).map_err(Error::unavailable)
        }
        [first] if first == "--prepare" => prepare(),
        _ => run(words),
    };
    process::exit(done.unwrap_or_else(|error| error.report(NAME)));
}

/// Fetches what a lab is made of, where there is no Xen.
fn prepare() -> Result<i32, Error> {
    if !dom0::is_here() {
        Lab::prepare(&mut Progress::new(NAME)).map_err(outside::refuse)?;
    }
    Ok(0)
}

fn run(words: Vec<OsString>) -> Result<i32, Error> {
    let command = Command::read(words)?;
    if let Some(port) = command.debug_port {
        return Err(Error::usage(format_args!(
            "--debug {port}: the target `xen` has no debugger; `spt` and `hvt` have one"
        )));
    }
    let Pvh { wants, .. } = Pvh::open(&command.image)?;
    let devices = Devices::find(&wants, &command)?;
    let words: Option<Vec<&str>> = command.words.iter().map(|word| word.to_str()).collect();
    let words = words.ok_or_else(|| Error::usage("a word for the guest is not UTF-8"))?;
    if dom0::is_here() {
        dom0::run(&command, &devices, &words)
    } else {
        outside::run(&command, &devices, &words)
    }
}
