//! What a plan says of each device.

use sarab_compose::{
    Inputs, Unikernel, job,
    plan::{Argument, Plan, Resource},
    protocol::Mode,
};

use super::*;

fn plan(job: sarab_compose::Job) -> Plan {
    let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
    Unikernel::new("site", [job]).evaluate(&inputs).expect("a sound graph")
}

#[track_caller]
fn check(plan: &Plan, path: &str, name: &str, resource: Resource) {
    let device = &plan.devices[0];
    assert_eq!(device.constructor.path(), path);
    assert_eq!(device.arguments, [Argument::Fixed(format!("{name:?}"))]);
    assert_eq!(device.resources, [resource]);
    assert_eq!(device.crates[0].name, "sarab-tender");
}

#[test]
fn a_card_asks_for_a_network() {
    let plan = plan(job::<fn(Net)>("start").of(card("service")));
    let resource = Resource::Network { name: "service".into() };
    check(&plan, "sarab_tender::open_card", "service", resource);
}

#[test]
fn a_disk_asks_for_its_file_and_does_not_name_it() {
    let plan = plan(job::<fn(Block)>("start").of(disk("data", Some("data.img"))));
    let resource = Resource::Disk { name: "data".into(), default: Some("data.img".into()) };
    check(&plan, "sarab_tender::open_disk", "data", resource);
}

#[test]
fn the_same_card_twice_is_one_device() {
    let plan = plan(job::<fn(Net, Net)>("start").of((card("in"), card("in"))));
    assert_eq!(plan.devices.len(), 1);
}
