//! A tool of its own: `kiosk` builds programs that ring bells.
//!
//! Sarab knows no bells. The crate `bell` beside this file has the trait, a device and its
//! description; the crate `config` is what a `config.rs` imports. What follows is the whole command.
#![forbid(unsafe_code)]

use std::{env, process::ExitCode};

use sarab_kit::{Form, Library, Sources, Target, Template, Tool, Wiring};

fn main() -> ExitCode {
    KIOSK.run(env::args_os())
}

const KIOSK: Tool = Tool {
    name: "kiosk",
    version: "1.0.0",
    about: "Builds programs that ring bells",
    sources: Sources {
        built_from: concat!(env!("CARGO_MANIFEST_DIR"), "/../.."),
        variable: "SARAB_HOME",
    },
    config: Library { package: "kiosk-config", folder: "tool/kit/examples/kiosk/config" },
    runtime: Library { package: "sarab-runtime", folder: "api/runtime" },
    libraries: &[Library { package: "sarab-key", folder: "api/key" }],
    wiring: Wiring { devices: &[("Bell", "bell({name})")], values: &["u32"] },
    targets: &[Target {
        name: "unix",
        library: Library { package: "sarab-unix", folder: "machine/unix" },
        form: Form::Program,
        runner: None,
        companions: &[],
    }],
    template: Template {
        uses: &[
            Library { package: "sarab", folder: "api/sarab" },
            Library { package: "bell", folder: "tool/kit/examples/kiosk/bell" },
        ],
        files: &[("src/lib.rs", PROGRAM)],
        hint: "",
    },
    extras: &[],
};

const PROGRAM: &str = "\
//! Rings at the hour.

use bell::Bell;

/// Rings.
#[sarab::job]
pub async fn start(
    tower: impl Bell,
    /// How often to ring.
    #[key(default = 1)]
    strokes: u32,
) {
    for _ in 0..strokes {
        tower.ring();
    }
}
";
