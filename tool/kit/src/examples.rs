//! A tool and projects for tests.

use std::fs;

use sarab_compose::plan::{Constructor, Device, Origin, Plan, Resource};

use crate::{
    project::Project,
    source::Sources,
    tool::{Bare, Form, Library, Program, Runner, Target, Template, Tool, Wiring},
};

pub(crate) const TOOL: Tool = Tool {
    name: "sarab",
    version: "0.1.0",
    about: "A library operating system for Rust",
    sources: Sources {
        built_from: concat!(env!("CARGO_MANIFEST_DIR"), "/../.."),
        variable: "NO_HOME",
    },
    config: Library { package: "sarab-config", folder: "tool/config" },
    runtime: Library { package: "sarab-runtime", folder: "api/runtime" },
    libraries: &[Library { package: "sarab-key", folder: "api/key" }],
    wiring: Wiring {
        devices: &[
            ("Tcp", "tcp(&stack(\"service\"))"),
            ("Net", "net({name})"),
            ("KvRead", "files({name})"),
        ],
        values: &["bool", "u16", "String", "Duration"],
    },
    targets: &[
        Target {
            name: "unix",
            library: Library { package: "sarab-unix", folder: "machine/unix" },
            form: Form::Program,
            runner: None,
            companions: &[],
        },
        Target {
            name: "moon",
            library: Library { package: "sarab-tender", folder: "machine/tender" },
            form: Form::Bare(Bare {
                platform: "moon-unknown-none",
                flags: &["-C", "strip=none"],
                link: &["-nostdlib", "-Wl,-e,_start"],
                layout: Some("SECTIONS {}\n"),
                without: &["c"],
                prelude: "sarab::prelude",
            }),
            runner: Some(Runner {
                program: Program {
                    library: Library { package: "sarab-host", folder: "tender/host" },
                    flags: &[],
                },
                helpers: &[],
                prepare: &[],
                options: &["memory"],
            }),
            companions: &[],
        },
    ],
    template: Template {
        uses: &[Library { package: "sarab", folder: "api/sarab" }],
        files: &[("src/lib.rs", "//! A program.\n")],
        hint: "",
    },
    extras: &[],
};

/// Makes a project `site` of these files.
pub(crate) fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    let manifest =
        "[package]\nname = \"site\"\nversion = \"0.3.0\"\nedition = \"2024\"\n[workspace]\n";
    for (path, text) in files.iter().chain([&("Cargo.toml", manifest)]) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let project = Project::open(folder.path(), TOOL.name).unwrap();
    (folder, project)
}

/// A plan of nothing.
pub(crate) fn plan() -> Plan {
    Plan {
        name: "site".into(),
        target: "unix".into(),
        devices: Vec::new(),
        jobs: Vec::new(),
        keys: Vec::new(),
        decisions: Vec::new(),
        modules: Vec::new(),
        files: Vec::new(),
    }
}

/// A plan of a device that asks for a network card and disks, one without a file and one with a prepared one.
pub(crate) fn plan_with_resources() -> Plan {
    let disk = |name: &str, file: Option<&str>| Resource::Disk {
        name: name.into(),
        default: file.map(Into::into),
    };
    let device = Device {
        name: "any".into(),
        kind: "Any".into(),
        label: "any device".into(),
        constructor: Constructor::Make("any".into()),
        arguments: Vec::new(),
        after: Vec::new(),
        crates: Vec::new(),
        resources: vec![
            disk("data", Some("data.img")),
            disk("pages", Some("pages.tar")),
            disk("bare", None),
            Resource::Network { name: "service".into() },
        ],
        decisions: Vec::new(),
        origin: Origin { file: "config.rs".into(), line: 1, column: 1 },
    };
    Plan { devices: vec![device], files: vec!["pages.tar".into()], ..plan() }
}
