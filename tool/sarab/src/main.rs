//! The `sarab` command.
#![forbid(unsafe_code)]

mod companions;

use std::{env, process::ExitCode};

use sarab_config::wiring;
use sarab_kit::{Bare, Form, Library, Program, Runner, Sources, Target, Template, Tool, Wiring};

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
    targets: &[
        Target {
            name: "unix",
            library: Library { package: "sarab-unix", folder: "machine/unix" },
            form: Form::Program,
            runner: None,
            companions: &[],
        },
        Target {
            name: "spt",
            library: GUEST,
            form: Form::Bare(STATIC_PIE),
            runner: Some(Runner {
                program: HOST,
                helpers: &[("--tender", tender("sarab-spt", "tender/spt"))],
                prepare: &[],
                options: &["memory", "debug"],
            }),
            companions: &[],
        },
        Target {
            name: "hvt",
            library: GUEST,
            form: Form::Bare(STATIC_PIE),
            runner: Some(Runner {
                program: HOST,
                helpers: &[("--tender", tender("sarab-hvt", "tender/hvt"))],
                prepare: &[],
                options: &["memory", "debug"],
            }),
            companions: &[],
        },
        Target {
            name: "virtio",
            library: Library { package: "sarab-virtio-machine", folder: "machine/virtio" },
            form: Form::Bare(PVH),
            runner: Some(Runner {
                program: HOST,
                helpers: &[(
                    "--tender",
                    Program {
                        library: Library { package: "sarab-qemu", folder: "tender/qemu" },
                        flags: &[],
                    },
                )],
                prepare: &[],
                options: &["memory", "machine", "debug"],
            }),
            companions: companions::VIRTIO,
        },
        Target {
            name: "xen",
            library: Library { package: "sarab-xen-machine", folder: "machine/xen" },
            form: Form::Bare(PVH),
            runner: Some(Runner {
                program: HOST,
                helpers: &[("--tender", tender("sarab-xl", "tender/xen"))],
                prepare: &["--prepare"],
                options: &["memory"],
            }),
            companions: companions::XEN,
        },
    ],
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
    extras: &[sarab_disk_tool::DISK],
};

/// What boots a program under a tender.
const GUEST: Library = Library { package: "sarab-tender", folder: "machine/tender" };

/// An image that a tender loads wherever it likes (`tender/ABI.md`).
const STATIC_PIE: Bare = Bare {
    platform: "x86_64-unknown-linux-gnu",
    // A crash is told of by the chain of frames.
    flags: &["-C", "force-frame-pointers=yes"],
    link: &[
        "-nostdlib",
        "-nostartfiles",
        "-pie",
        "-Wl,--no-dynamic-linker",
        // Nothing is relocated in code, and the layout says what is sealed.
        "-Wl,-z,text",
        "-Wl,-z,max-page-size=4096",
        "-Wl,-z,norelro",
        "-Wl,-z,now",
        "-Wl,-z,pack-relative-relocs",
        "-Wl,--build-id=none",
        "-Wl,--gc-sections",
    ],
    layout: Some(include_str!("../../../machine/tender/link.ld")),
    without: HOST_LIBRARIES,
    prelude: "sarab::prelude",
};

/// An image that boots by PVH (`machine/PVH.md`).
const PVH: Bare = Bare {
    platform: "x86_64-unknown-linux-gnu",
    // A crash is told of by the chain of frames. The image lies where it is linked to.
    flags: &["-C", "force-frame-pointers=yes", "-C", "relocation-model=static"],
    link: &[
        "-nostdlib",
        "-nostartfiles",
        "-static",
        "-no-pie",
        "-Wl,-z,max-page-size=4096",
        "-Wl,-z,noexecstack",
        "-Wl,--build-id=none",
        "-Wl,--gc-sections",
    ],
    layout: Some(include_str!("../../../machine/pvh/link.ld")),
    without: HOST_LIBRARIES,
    prelude: "sarab::prelude",
};

/// Libraries of the host, none of which is in an image without an operating system.
const HOST_LIBRARIES: &[&str] = &["c", "dl", "gcc_s", "m", "pthread", "rt", "util"];

/// What stands beside a tender.
const HOST: Program =
    Program { library: Library { package: "sarab-host", folder: "tender/host" }, flags: &[] };

/// Returns a tender, which is static: nothing but itself is in its address space.
const fn tender(package: &'static str, folder: &'static str) -> Program {
    let flags = &["-C", "target-feature=+crt-static"];
    Program { library: Library { package, folder }, flags }
}
