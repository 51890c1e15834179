//! What is live for which keys.

use sarab_compose::{
    Inputs, Unikernel, job,
    plan::{Plan, Resource},
    protocol::Mode,
};

use super::*;
use crate::{Block, Fs, Kv, KvRead, Net, Stack, Tcp, Udp, target};

fn plan(unikernel: &Unikernel, given: &[(&str, &str)]) -> Plan {
    let given: Vec<_> =
        given.iter().map(|(name, text)| ((*name).to_string(), Some((*text).to_string()))).collect();
    let environment = |_: &str| None;
    let inputs = Inputs { mode: Mode::Evaluate, given: &given, environment: &environment };
    match unikernel.evaluate(&inputs) {
        Ok(plan) => plan,
        Err(diagnostic) => panic!("{}", diagnostic.message),
    }
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
    let live = |name: &str| plan.keys.iter().any(|key| key.name == name && key.is_live);
    assert!(live("inside-ipv4") && !live("outside-ipv4"));
    assert_eq!(resources(&plan), [Resource::Network { name: "inside".into() }]);
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
