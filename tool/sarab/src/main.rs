//! The `sarab` command.
#![forbid(unsafe_code)]

use std::{env, process::ExitCode};

use sarab_config::wiring;
use sarab_kit::{Library, Sources, Target, Template, Tool, Wiring};

fn main() -> ExitCode {
    SARAB.run(env::args_os())
}

const SARAB: Tool = Tool {
    name: "sarab",
    version: env!("CARGO_PKG_VERSION"),
    about: "Builds and runs unikernels in Rust: one program plus only the libraries it needs",
    sources: Sources {
        built_from: concat!(env!("CARGO_MANIFEST_DIR"), "/../.."),
        variable: "SARAB_HOME",
    },
    config: Library { package: "sarab-config", folder: "tool/config" },
    runtime: Library { package: "sarab-runtime", folder: "api/runtime" },
    libraries: &[
        Library { package: "sarab-device", folder: "api/device" },
        Library { package: "sarab-key", folder: "api/key" },
    ],
    wiring: Wiring { devices: wiring::DEVICES, values: wiring::VALUES },
    targets: &[Target {
        name: "unix",
        library: Library { package: "sarab-unix", folder: "machine/unix" },
    }],
    template: Template {
        uses: &[
            Library { package: "sarab", folder: "api/sarab" },
            Library { package: "sarab-http", folder: "net/http" },
        ],
        files: &[
            ("src/lib.rs", include_str!("../template/src/lib.rs")),
            ("htdocs/index.html", include_str!("../template/htdocs/index.html")),
        ],
        hint: "curl -i http://127.0.0.1:8080/",
    },
};
