//! Devices and jobs: wiring, sharing, order.

use crate::{
    Block, KvRead, Net, Stack, Tcp, disk, error, evaluate, lines, named, names, plan, reads,
};
use sarab_compose::plan::{Argument, Constructor, Resource};
use sarab_compose::{Impl, Job, constant, device, expression, job, key, text};

fn net(name: &str) -> Impl<Net> {
    device::<fn(String) -> Net>("card::Card::open").named(name).of(constant(name.to_string()))
}

fn stack(net: Impl<Net>) -> Impl<Stack> {
    device::<fn(Net) -> Stack>("stack::Stack::start").label("TCP/IP stack").of(net)
}

fn tcp(stack: Impl<Stack>) -> Impl<Tcp> {
    device::<fn(Stack) -> Tcp>("tcp").method().of(stack)
}

#[test]
fn a_device_stands_after_all_that_it_needs() {
    let serve = job::<fn(Tcp, u16)>("web::serve").of((tcp(stack(net("eth0"))), constant(80)));
    let plan = plan(&[serve], "");
    assert_eq!(names(&plan), ["eth0", "stack", "tcp"]);
    assert_eq!(plan.devices[1].arguments, [Argument::Device(0)]);
    assert_eq!(plan.devices[1].label, "TCP/IP stack");
    assert_eq!(plan.devices[1].constructor, Constructor::Open("stack::Stack::start".into()));
    assert_eq!(plan.devices[2].constructor, Constructor::Method("tcp".into()));
    assert_eq!(plan.jobs[0].function, "web::serve");
    assert_eq!(plan.jobs[0].parameters, ["Tcp", "u16"]);
    assert_eq!(plan.jobs[0].arguments, [Argument::Device(2), Argument::Fixed("80".into())]);
}

#[test]
fn equal_devices_are_one_whoever_describes_them() {
    let serve = |name| job::<fn(Tcp)>(name).of(tcp(stack(net("eth0"))));
    let plan = plan(&[serve("serve"), serve("watch")], "");
    assert_eq!(names(&plan), ["eth0", "stack", "tcp"]);
    assert_eq!(plan.jobs[0].arguments, plan.jobs[1].arguments);
}

#[test]
fn devices_of_other_names_or_arguments_are_apart() {
    let forward = job::<fn(Net, Net, Net)>("forward").of((net("in"), net("out"), net("in")));
    let plan = plan(&[forward], "");
    assert_eq!(names(&plan), ["in_", "out"]);
    let [one, two, again] = &plan.jobs[0].arguments[..] else { panic!("three arguments") };
    assert_ne!(one, two);
    assert_eq!(one, again);
}

#[test]
fn one_name_for_two_different_devices_is_an_error_at_both() {
    let other = device::<fn() -> Block>("ram::Ram::new").make().named("data").of(());
    let here = line!() - 1;
    let copy = job::<fn(Block, Block)>("copy").of((disk("data"), other));
    let error = error(&[copy], "");
    assert_eq!(error.message, "two different `Block` devices are named `data`");
    assert_eq!(error.labels.len(), 2);
    assert_eq!(lines(&error)[0], here);
    assert!(!error.is_usage);
}

#[test]
fn one_resource_with_two_defaults_is_an_error() {
    let disk = |name: &str, file: &str| {
        let resource = Resource::Disk { name: "data".into(), default: Some(file.into()) };
        device::<fn() -> Block>("disk::Disk::open").named(name).asks(resource).of(())
    };
    let copy = |other| job::<fn(Block, Block)>("copy").of((disk("a", "a.img"), disk("b", other)));
    assert!(evaluate(&[copy("a.img")], "").is_ok());
    let error = error(&[copy("b.img")], "");
    assert_eq!(error.message, "two different devices ask for a disk `data`");
}

#[test]
fn a_data_dependency_is_made_first_and_not_passed() {
    let entropy = device::<fn() -> Block>("entropy::Entropy::open").named("entropy").of(());
    let disk = device::<fn() -> Block>("disk::Disk::open").named("data").after(&entropy).of(());
    let start = job::<fn(Block)>("start").after(&entropy).of(disk);
    let plan = plan(&[start], "");
    assert_eq!(names(&plan), ["entropy", "data"]);
    assert_eq!(plan.devices[1].after, [0]);
    assert_eq!(plan.devices[1].arguments, []);
    assert_eq!(plan.jobs[0].after, [0]);
}

#[test]
fn a_device_may_wait_for_its_equal_without_a_cycle() {
    let first = disk("data");
    let entropy = device::<fn(Block) -> Block>("entropy::seed").make().of(first.clone());
    let waits = device::<fn() -> Block>("disk::Disk::open").named("later").after(&entropy).of(());
    let both = job::<fn(Block, Block)>("start").of((first, waits));
    let plan = plan(&[both], "");
    assert_eq!(names(&plan), ["data", "block", "later"]);
    assert_eq!(plan.devices[2].after, [1]);
}

#[test]
fn a_users_combinator_is_a_function() {
    fn mux(one: Impl<KvRead>, two: Impl<KvRead>) -> Impl<KvRead> {
        device::<fn(KvRead, KvRead) -> KvRead>("site::Mux::new").make().of((one, two))
    }
    let files = |folder: &str| {
        device::<fn(&'static str) -> KvRead>("files::Files::open").named(folder).of(text(folder))
    };
    let start = job::<fn(KvRead)>("start").of(mux(files("pages"), files("pictures")));
    let plan = plan(&[start], "");
    assert_eq!(names(&plan), ["pages", "pictures", "kv_read"]);
    assert_eq!(plan.devices[0].arguments, [Argument::Fixed("\"pages\"".into())]);
    assert_eq!(plan.devices[2].constructor, Constructor::Make("site::Mux::new".into()));
}

#[test]
fn arguments_are_keys_constants_and_expressions() {
    type Signature = fn(String, u8, bool, Option<u16>, Vec<u16>, std::time::Duration);
    let start: Job = job::<Signature>("start").of((
        constant("a\"b".to_string()),
        constant(7),
        constant(true),
        key::<u16>("port").optional(),
        key::<u16>("ports").configure().list_or([80, 443]),
        constant(std::time::Duration::from_secs(90)),
    ));
    let fixed = |text: &str| Argument::Fixed(text.into());
    let expected = [
        fixed(r#"String::from("a\"b")"#),
        fixed("7"),
        fixed("true"),
        Argument::Boot("port".into()),
        fixed("vec![80, 443]"),
        fixed(r#"sarab_key::fixed::<core::time::Duration>("1m30s")"#),
    ];
    assert_eq!(plan(&[start], "").jobs[0].arguments, expected);
}

#[test]
fn an_expression_is_passed_as_it_is_and_its_module_declared() {
    let files = device::<fn(sarab_compose::Expression) -> KvRead>("archive::Embedded::open")
        .named("htdocs")
        .module("htdocs")
        .of(expression("&htdocs::FILES"));
    let plan = plan(&[job::<fn(KvRead)>("start").of(files)], "");
    assert_eq!(plan.modules, ["htdocs"]);
    assert_eq!(plan.devices[0].arguments, [Argument::Fixed("&htdocs::FILES".into())]);
}

#[test]
fn what_is_said_of_a_device_is_in_the_plan() {
    let needed = sarab_compose::crate_here!();
    let disk = device::<fn() -> Block>("disk::Disk::open")
        .needs(needed)
        .feature("b")
        .feature("a")
        .asks(Resource::Network { name: "eth0".into() })
        .of(());
    let plan = plan(&[reads(disk)], "");
    let device = named(&plan, "block");
    assert_eq!(device.label, "Block");
    assert_eq!(device.crates[0].name, "sarab-compose");
    assert_eq!(device.crates[0].folder, env!("CARGO_MANIFEST_DIR"));
    assert_eq!(device.crates[0].features, ["a", "b"]);
    assert_eq!(device.resources, [Resource::Network { name: "eth0".into() }]);
    assert!(device.origin.file.ends_with("wiring.rs"));
}

#[test]
fn a_method_without_its_device_is_an_error() {
    let tcp = device::<fn(u16) -> Tcp>("tcp").method().of(constant(1));
    let error = error(&[job::<fn(Tcp)>("start").of(tcp)], "");
    assert_eq!(error.message, "the method `tcp` is given no device");
}

#[test]
fn eight_parameters_fit() {
    type Eight = fn(u8, u8, u8, u8, u8, u8, u8, Block);
    let one = constant(1);
    let wires = (one.clone(), one.clone(), one.clone(), one.clone(), one.clone(), one.clone(), one);
    let start = job::<Eight>("start").of((
        wires.0,
        wires.1,
        wires.2,
        wires.3,
        wires.4,
        wires.5,
        wires.6,
        disk("data"),
    ));
    assert_eq!(plan(&[start], "").jobs[0].arguments.len(), 8);
}

#[test]
fn a_unikernel_may_have_no_job_but_not_any_name() {
    assert_eq!(plan(&[], "").devices, []);
    let inputs = sarab_compose::Inputs {
        mode: sarab_compose::protocol::Mode::Evaluate,
        given: &[],
        environment: &|_| None,
    };
    let error = sarab_compose::Unikernel::new("a b", []).evaluate(&inputs).unwrap_err();
    assert_eq!(error.message, "`a b` cannot name a unikernel");
}
