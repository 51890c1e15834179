//! What is live for which keys.

use sarab_compose::{
    Inputs, Unikernel, job,
    plan::{Plan, Resource},
    protocol::{Diagnostic, Mode},
};

use super::*;
use crate::{Block, Fs, Kv, KvRead, Net, Stack, Tcp, Udp, group, target};

fn plan(unikernel: &Unikernel, given: &[(&str, &str)]) -> Plan {
    match evaluate(unikernel, given) {
        Ok(plan) => plan,
        Err(diagnostic) => panic!("{}", diagnostic.message),
    }
}

fn evaluate(unikernel: &Unikernel, given: &[(&str, &str)]) -> Result<Plan, Diagnostic> {
    let given: Vec<_> =
        given.iter().map(|(name, text)| ((*name).to_string(), Some((*text).to_string()))).collect();
    let environment = |_: &str| None;
    let inputs = Inputs { mode: Mode::Evaluate, given: &given, environment: &environment };
    unikernel.evaluate(&inputs)
}

fn live(plan: &Plan, name: &str) -> bool {
    plan.keys.iter().any(|key| key.name == name && key.is_live)
}

#[track_caller]
fn check_refused(unikernel: &Unikernel, given: &[(&str, &str)], message: &str, help: &str) {
    let Err(diagnostic) = evaluate(unikernel, given) else { panic!("{given:?} is a plan") };
    assert_eq!(diagnostic.message, message);
    assert!(diagnostic.help.as_deref().is_some_and(|said| said.contains(help)), "{diagnostic:?}");
}

fn site() -> Unikernel {
    let stack = stack("service");
    let start = job::<fn(Tcp, Udp, KvRead)>("start");
    Unikernel::new("site", [start.of((tcp(&stack), udp(&stack), files("htdocs")))]).key(&target())
}

fn names(plan: &Plan) -> Vec<&str> {
    plan.devices.iter().map(|device| device.name.as_str()).collect()
}

fn resources(plan: &Plan) -> Vec<Resource> {
    plan.devices.iter().flat_map(|device| device.resources.clone()).collect()
}

#[test]
fn by_default_a_site_asks_the_host_for_nothing() {
    let plan = plan(&site(), &[]);
    assert_eq!(names(&plan), ["service", "service_tcp", "service_udp", "htdocs"]);
    assert_eq!(resources(&plan), []);
    assert_eq!(plan.target, "unix");
}

#[test]
fn only_what_the_keys_select_is_asked_for() {
    let disk = Resource::Disk { name: "htdocs".into(), default: Some("htdocs.tar".into()) };
    let folder = Resource::Folder { name: "htdocs".into(), default: Some("htdocs".into()) };
    let network = Resource::Network { name: "service".into() };
    assert_eq!(resources(&plan(&site(), &[("pages", "tar")])), [disk]);
    assert_eq!(resources(&plan(&site(), &[("pages", "dir")])), [folder]);
    assert_eq!(resources(&plan(&site(), &[("net", "direct")])), [network]);
}

#[test]
fn the_stack_keeps_its_name_on_either_network() {
    let plan = plan(&site(), &[("net", "direct")]);
    assert_eq!(names(&plan)[..2], ["service_net", "service"]);
}

#[test]
fn stacks_beside_service_have_keys_of_their_own() {
    let forward = job::<fn(Stack, Stack)>("forward");
    let forward = Unikernel::new("forward", [forward.of((stack("inside"), stack("outside")))]);
    let given = [("inside-net", "direct"), ("inside-ipv4", "10.1.0.2/16")];
    let plan = plan(&forward, &given);
    assert!(live(&plan, "inside-ipv4") && !live(&plan, "outside-ipv4"));
    assert_eq!(resources(&plan), [Resource::Network { name: "inside".into() }]);
}

#[test]
fn a_guest_has_its_own_stack_on_a_card_without_a_word() {
    for target in ["spt", "hvt"] {
        let plan = plan(&site(), &[("target", target)]);
        assert_eq!(plan.target, target);
        assert_eq!(names(&plan)[..2], ["service_net", "service"]);
        assert_eq!(plan.devices[0].constructor.path(), "sarab_tender::open_card");
        assert_eq!(resources(&plan), [Resource::Network { name: "service".into() }]);
        assert!(live(&plan, "ipv4") && live(&plan, "net"));
    }
}

#[test]
fn the_sockets_of_the_host_are_no_choice_for_a_guest() {
    let given = [("target", "hvt"), ("net", "socket")];
    check_refused(&site(), &given, "no `Stack` for target `hvt`", "leave `--net socket` away");
}

#[test]
fn the_target_is_one_for_all_groups() {
    let forward = job::<fn(Stack, KvRead)>("forward");
    let docs = group("docs", || files("docs"));
    let forward = Unikernel::new("forward", [forward.of((stack("inside"), docs))]);
    let given = [("target", "spt"), ("docs-pages", "tar")];
    let plan = plan(&forward, &given);
    assert_eq!(plan.keys.iter().filter(|key| key.name.ends_with("target")).count(), 1);
    let crates = plan.devices.iter().flat_map(|device| &device.crates);
    assert!(crates.map(|needed| needed.name.as_str()).all(|name| name != "sarab-unix"));
}

#[test]
fn a_guest_reads_its_files_from_the_image_or_a_disk_and_no_folder() {
    let disk = Resource::Disk { name: "htdocs".into(), default: Some("htdocs.tar".into()) };
    let on_guest = |pages| [("target", "spt"), ("pages", pages)];
    let network = Resource::Network { name: "service".into() };
    assert_eq!(resources(&plan(&site(), &on_guest("embedded"))), std::slice::from_ref(&network));
    assert_eq!(resources(&plan(&site(), &on_guest("tar"))), [network, disk]);
    check_refused(&site(), &on_guest("dir"), "no `KvRead` for target `spt`", "`--pages tar`");
}

#[test]
fn a_guest_has_disks_but_no_stores_in_folders_of_the_host() {
    let one = Unikernel::new("any", [job::<fn(Block)>("start").of(block("data"))]);
    let expected = Resource::Disk { name: "data".into(), default: Some("data.img".into()) };
    let guest = [("target", "hvt")];
    assert_eq!(resources(&plan(&one, &guest)), [expected]);
    let one = Unikernel::new("any", [job::<fn(Kv)>("start").of(kv("log"))]);
    check_refused(&one, &guest, "no `Kv` for target `hvt`", "`ram_kv()`");
    let one = Unikernel::new("any", [job::<fn(Fs)>("start").of(fs("tree"))]);
    check_refused(&one, &guest, "no `Fs` for target `hvt`", "`ram_fs()`");
}

#[test]
fn disks_and_stores_are_in_the_project_unless_attached() {
    let start = job::<fn(Block, Kv, Fs, Net)>("start");
    let start =
        Unikernel::new("any", [start.of((block("data"), kv("log"), fs("tree"), net("in")))]);
    let expected = [
        Resource::Disk { name: "data".into(), default: Some("data.img".into()) },
        Resource::Folder { name: "log".into(), default: Some("log".into()) },
        Resource::Folder { name: "tree".into(), default: Some("tree".into()) },
        Resource::Network { name: "in".into() },
    ];
    assert_eq!(resources(&plan(&start, &[])), expected);
}

#[test]
fn there_is_a_default_wire_for_every_kind() {
    let kinds: Vec<_> = crate::wiring::DEVICES.iter().map(|(kind, _)| *kind).collect();
    for kind in ["Block", "Fs", "Kv", "KvRead", "Net", "Stack", "Tcp", "Udp"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}
