//! The package of a few plans.

use sarab_compose::plan::{
    Alias, Argument, Arity, Constructor, Crate, Device, Job, Key, Origin, Resource, Source, Stage,
};

use super::*;
use crate::examples::{self, TOOL};

fn at(line: u32) -> Origin {
    Origin { file: "config.rs".into(), line, column: 9 }
}

fn device(name: &str, constructor: Constructor, arguments: Vec<Argument>) -> Device {
    Device {
        name: name.into(),
        kind: "Any".into(),
        label: "any device".into(),
        constructor,
        arguments,
        after: Vec::new(),
        crates: Vec::new(),
        resources: Vec::new(),
        decisions: Vec::new(),
        origin: at(3),
    }
}

fn job(function: &str, arguments: Vec<Argument>, line: u32) -> Job {
    let (function, parameters) = (function.into(), Vec::new());
    Job { function, parameters, arguments, after: Vec::new(), origin: at(line) }
}

fn key(name: &str, rust_type: &str, arity: Arity) -> Key {
    Key {
        name: name.into(),
        group: None,
        doc: format!("The {name}."),
        value_name: "N".into(),
        rust_type: rust_type.into(),
        stage: Stage::Both,
        arity,
        default: None,
        configured: Vec::new(),
        source: Source::Default,
        environment: None,
        aliases: Vec::new(),
        choices: Vec::new(),
        is_live: true,
        origin: at(4),
    }
}

fn main_file(plan: &Plan) -> String {
    let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
    main_file::write(&TOOL, &TOOL.targets[0], &project, plan).text().to_string()
}

/// A plan for the target without an operating system.
fn bare() -> Plan {
    Plan { target: "moon".into(), ..site() }
}

fn open(path: &str) -> Constructor {
    Constructor::Open(path.into())
}

/// A site on a stack that two others ask for its parts.
fn site() -> Plan {
    let stack = device("service", open("stack::Stack::start"), vec![Argument::Fixed("4".into())]);
    let tcp = device(
        "service_tcp",
        Constructor::Method("stack::Stack::tcp".into()),
        vec![Argument::Device(0)],
    );
    let pages =
        device("htdocs", open("archive::open"), vec![Argument::Fixed("&htdocs::FILES".into())]);
    let port = Key { default: Some("8080".into()), ..key("port", "u16", Arity::Default) };
    Plan {
        devices: vec![stack, tcp, pages],
        jobs: vec![job(
            "start",
            vec![Argument::Device(1), Argument::Device(2), Argument::Boot("port".into())],
            8,
        )],
        keys: vec![port],
        modules: vec!["htdocs".into()],
        ..examples::plan()
    }
}

#[test]
fn a_program_without_devices_is_short() {
    let plan = Plan { jobs: vec![job("start", Vec::new(), 5)], ..examples::plan() };
    insta::assert_snapshot!(main_file(&plan));
}

#[test]
fn devices_are_opened_in_order_and_given_to_the_job() {
    insta::assert_snapshot!(main_file(&site()));
}

#[test]
fn a_program_without_an_operating_system_says_so() {
    let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
    let main = main_file::write(&TOOL, &TOOL.targets[1], &project, &bare());
    insta::assert_snapshot!(main.text());
}

#[test]
fn how_it_is_linked_stands_in_a_script_beside_it() {
    let script = build_script::write(&TOOL, &bare(), TOOL.targets[1].form.bare().unwrap());
    insta::assert_snapshot!(script);
}

#[test]
fn a_device_of_two_jobs_is_shared_and_one_of_none_is_kept() {
    let disk = device("disk", open("disk::open"), Vec::new());
    let half = |name: &str| {
        device(name, Constructor::Make("disk::Half::new".into()), vec![Argument::Device(0)])
    };
    let parts = vec![Argument::Device(0), Argument::Fixed("7".into())];
    let part = device("part", Constructor::Method("part".into()), parts);
    let mut plan = examples::plan();
    plan.devices =
        vec![disk, half("left"), half("right"), part, device("log", open("log::open"), vec![])];
    plan.jobs = vec![
        job("first", vec![Argument::Device(1)], 6),
        job("second", vec![Argument::Device(2)], 7),
    ];
    insta::assert_snapshot!(main_file(&plan));
}

#[test]
fn keys_of_every_shape_are_written() {
    let mut plan = examples::plan();
    let alias =
        |name: &str, value: Option<&str>| Alias { name: name.into(), value: value.map(Into::into) };
    plan.keys = vec![
        Key {
            default: Some("80".into()),
            configured: vec!["9000".into()],
            environment: Some("PORT".into()),
            aliases: vec![alias("p", None), alias("http", Some("80"))],
            ..key("port", "u16", Arity::Default)
        },
        Key {
            choices: vec!["en".into(), "fr".into()],
            ..key("speak", "site::Language", Arity::Required)
        },
        key("loud", "bool", Arity::Flag),
        key("who", "String", Arity::Optional),
        Key { default: Some("1s,2s".into()), ..key("wait", "core::time::Duration", Arity::List) },
        Key { stage: Stage::Configure, ..key("net", "String", Arity::Default) },
        Key { is_live: false, ..key("idle", "String", Arity::Default) },
    ];
    let boot = |name: &str| Argument::Boot(name.into());
    let arguments = ["port", "speak", "loud", "who", "wait"].map(boot);
    plan.jobs = vec![job("start", arguments.to_vec(), 5)];
    insta::assert_snapshot!(main_file(&plan));
}

#[test]
fn every_line_of_a_device_comes_from_its_place() {
    let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
    let main = main_file::write(&TOOL, &TOOL.targets[0], &project, &site());
    let line = |text: &str| 1 + main.text().lines().position(|line| line.contains(text)).unwrap();
    let origin = |text: &str| main.nearest(line(text)).unwrap().line;
    assert_eq!(origin("let service ="), 3);
    assert_eq!(origin("boot.job("), 8);
    assert_eq!(origin(".default(\"8080\")"), 4);
}

fn normal_home() -> PathBuf {
    Path::new(TOOL.sources.built_from).canonicalize().unwrap()
}

fn manifest_of(plan: &Plan) -> String {
    let target = target(&TOOL, plan).unwrap();
    let (folder, project) = examples::project(&[("src/lib.rs", "")]);
    let home = TOOL.sources.find().unwrap();
    let main = main_file::write(&TOOL, target, &project, plan);
    let output = project.output.join(target.name);
    let text = manifest::write(&TOOL, target, &home, &project, plan, main.text(), &output).unwrap();
    let home = files::relative(&output, &normal_home());
    let project = files::relative(&output, &project.folder);
    drop(folder);
    // The project first: the sources may lie in the folder beside it, and its path then begins like theirs.
    let text = text.replace(&format!("\"{}\"", project.display()), "\"PROJECT\"");
    text.replace(&format!("{}/", home.display()), "HOME/")
}

#[test]
fn the_manifest_names_only_what_live_devices_need() {
    let needs = |name: &str, features: &[&str], default_features| Crate {
        name: name.into(),
        version: "0.1.0".into(),
        folder: normal_home().join("store").join(name).display().to_string(),
        features: features.iter().map(ToString::to_string).collect(),
        default_features,
    };
    let mut plan = site();
    plan.devices[1].crates = vec![needs("memory", &["b"], false)];
    plan.devices[2].crates = vec![needs("memory", &["a"], false), needs("archive", &[], true)];
    insta::assert_snapshot!(manifest_of(&plan));
}

#[test]
fn the_manifest_of_what_has_no_operating_system_unwinds_nothing() {
    insta::assert_snapshot!(manifest_of(&bare()));
}

#[test]
fn an_unknown_target_is_refused_with_those_there_are() {
    let plan = Plan { target: "mars".into(), ..examples::plan() };
    let failure = target(&TOOL, &plan).unwrap_err();
    assert_eq!(failure.status, 64);
    assert_eq!(failure.reports[0].message, "`sarab` builds nothing for the target `mars`");
    assert_eq!(failure.reports[0].help.as_deref(), Some("the targets are: unix, moon"));
}

#[test]
fn a_unikernel_is_not_called_as_a_folder_that_cargo_builds_in() {
    assert!(check_name(&examples::plan()).is_ok());
    let failure = check_name(&Plan { name: "deps".into(), ..examples::plan() }).unwrap_err();
    assert_eq!(failure.reports[0].message, "`deps` cannot name a unikernel");
}

/// Reads every file below `folder`.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path => files.push((path.clone(), fs::read(&path).unwrap())),
            }
        }
    }
    files.sort();
    files
}

#[test]
fn writing_twice_gives_the_same_bytes_and_removes_what_is_not_of_the_plan() {
    let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
    let home = TOOL.sources.find().unwrap();
    let plan = Plan { jobs: vec![job("start", Vec::new(), 5)], ..examples::plan() };
    let package = write(&TOOL, &home, &project, &plan).unwrap();
    let first = contents(&package.folder);
    let stale = package.folder.join("src/old.rs");
    fs::write(&stale, "fn old() {}").unwrap();
    write(&TOOL, &home, &project, &plan).unwrap();
    assert!(!stale.exists());
    assert_eq!(first, contents(&package.folder));
}

#[test]
fn the_notes_say_what_the_image_asks_of_its_host() {
    let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
    let mut plan = site();
    plan.devices[0].resources = vec![
        Resource::Network { name: "service".into() },
        Resource::Disk { name: "data".into(), default: Some("data.img".into()) },
    ];
    let linked = vec![("sarab-stack".to_string(), "0.1.0".to_string())];
    let crates = crates::Crates { linked, count: 1 };
    insta::assert_snapshot!(notes::write(&project, &plan, &crates));
}
