//! Names of devices in generated code.

use crate::{Block, Net, Stack, Tcp, disk, names, plan, reads};
use sarab_compose::{Impl, constant, device, if_, job, key, unavailable};

fn stack(name: &str) -> Impl<Stack> {
    let net = device::<fn(String) -> Net>("card::Card::open").of(constant(name.into()));
    device::<fn(Net) -> Stack>("stack::Stack::start").named(name).of(net)
}

fn tcp(stack: Impl<Stack>) -> Impl<Tcp> {
    device::<fn(Stack) -> Tcp>("tcp").method().of(stack)
}

#[test]
fn a_device_without_a_name_is_called_after_its_relative() {
    let start = job::<fn(Tcp, Tcp)>("start").of((tcp(stack("in")), tcp(stack("out"))));
    let expected = ["in_net", "in_", "in_tcp", "out_net", "out", "out_tcp"];
    let plan = plan(&[start], "");
    // `in` is a keyword, what is called after it is not.
    assert_eq!(names(&plan), expected);
}

#[test]
fn any_text_becomes_an_identifier_and_none_comes_twice() {
    for (name, identifier) in [
        ("htdocs", "htdocs"),
        ("my-disk", "my_disk"),
        ("My Disk", "my_disk"),
        ("9p", "block_9p"),
        ("match", "match_"),
        ("boot", "boot_"),
        ("--", "block"),
        ("", "block"),
        ("\u{e9}", "block"),
    ] {
        assert_eq!(names(&plan(&[reads(disk(name))], "")), [identifier], "{name}");
    }
}

#[test]
fn a_device_can_be_named_after_it_was_made_on_every_branch() {
    let is_ram = key::<bool>("ram").flag();
    let missing = if_(&is_ram, disk("a"), unavailable("use ram"));
    let chosen = if_(&key::<bool>("safe").flag(), disk("b"), missing).named("data");
    for words in ["--ram", "--safe"] {
        assert_eq!(names(&plan(&[reads(chosen.clone())], words)), ["data"]);
    }
    let both = job::<fn(Block, Block)>("start").of((disk("a").named("c"), disk("a")));
    assert_eq!(names(&plan(&[both], "")), ["c", "a"]);
}

#[test]
fn what_is_taken_gets_its_kind_or_a_number() {
    let two = job::<fn(Block, Block, Block)>("start").of((disk("a-b"), disk("a.b"), disk("a b")));
    assert_eq!(names(&plan(&[two], "")), ["a_b", "a_b_block", "a_b_block_2"]);
    let ram = |size| device::<fn(u64) -> Block>("ram::Ram::new").make().of(constant(size));
    let three = job::<fn(Block, Block, Block)>("start").of((ram(1), ram(2), disk("block")));
    assert_eq!(names(&plan(&[three], "")), ["block_2", "block_3", "block"]);
}

#[test]
fn one_name_in_two_kinds_stays_with_the_first() {
    let net = device::<fn() -> Net>("card::Card::open").named("data").of(());
    let start = job::<fn(Block, Net)>("start").of((disk("data"), net));
    assert_eq!(names(&plan(&[start], "")), ["data", "data_net"]);
}

#[test]
fn the_plan_is_the_same_however_often_it_is_made() {
    let start = || job::<fn(Tcp, Tcp)>("start").of((tcp(stack("in")), tcp(stack("out"))));
    let first = serde_json::to_string(&plan(&[start()], "")).unwrap();
    for _ in 0..20 {
        assert_eq!(serde_json::to_string(&plan(&[start()], "")).unwrap(), first);
    }
}
