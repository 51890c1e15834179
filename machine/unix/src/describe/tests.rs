//! What a plan says of each device.

use sarab_compose::{
    Inputs, Unikernel, job,
    plan::{Argument, Plan},
    protocol::Mode,
};

use super::*;

fn plan(job: sarab_compose::Job) -> Plan {
    let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
    Unikernel::new("site", [job]).evaluate(&inputs).expect("a sound graph")
}

#[track_caller]
fn check(plan: &Plan, path: &str, arguments: &[&str], resources: &[Resource]) {
    let device = &plan.devices[0];
    let fixed = arguments.iter().map(|it| Argument::Fixed((*it).into())).collect::<Vec<_>>();
    assert_eq!(device.constructor.path(), path);
    assert_eq!(device.arguments, fixed);
    assert_eq!(device.resources, resources);
    assert_eq!(device.crates[0].name, "sarab-unix");
}

#[test]
fn the_sockets_of_the_host_ask_for_nothing() {
    let plan = plan(job::<fn(Stack)>("start").of(socket_stack()));
    check(&plan, "sarab_unix::SocketStack::open", &[], &[]);
}

#[test]
fn a_disk_asks_for_its_file() {
    let plan = plan(job::<fn(Block)>("start").of(disk("data", Some("data.img"))));
    let resource = Resource::Disk { name: "data".into(), default: Some("data.img".into()) };
    check(&plan, "sarab_unix::Disk::open", &["\"data\"", "Some(\"data.img\")"], &[resource]);
}

#[test]
fn a_tap_asks_for_a_network() {
    let plan = plan(job::<fn(Net)>("start").of(tap("service")));
    let resource = Resource::Network { name: "service".into() };
    check(&plan, "sarab_unix::TapNet::open", &["\"service\""], &[resource]);
}

#[test]
fn a_folder_asks_for_one_of_the_host_whatever_it_is_used_as() {
    let resource = Resource::Folder { name: "pages".into(), default: None };
    let arguments = ["\"pages\"", "None"];
    for plan in [
        plan(job::<fn(KvRead)>("start").of(folder_pages("pages", None))),
        plan(job::<fn(Kv)>("start").of(folder_store("pages", None))),
        plan(job::<fn(Fs)>("start").of(folder_files("pages", None))),
    ] {
        let resources = std::slice::from_ref(&resource);
        check(&plan, "sarab_unix::Directory::open", &arguments, resources);
    }
}

#[test]
fn the_same_disk_twice_is_one_device() {
    let (one, other) = (disk("data", None), disk("data", None));
    let plan = plan(job::<fn(Block, Block)>("start").of((one, other)));
    assert_eq!(plan.devices.len(), 1);
}
