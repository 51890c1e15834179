//! Branches: only what is live is in the plan.

use std::cell::Cell;
use std::rc::Rc;

use crate::{
    Block, Net, Target, disk, error, evaluate, explore, given, key_of, named, names, plan, reads,
};
use sarab_compose::plan::{Resource, Stage};
use sarab_compose::protocol::Mode;
use sarab_compose::{
    Impl, Inputs, Key, Package, Unikernel, constant, device, if_, job, key, match_, unavailable,
};

/// One of five disks, each of which asks for a resource and counts its preparations.
fn one_of_five(prepared: &Rc<Cell<u32>>) -> Impl<Block> {
    let disk = |name: &str| {
        let prepared = Rc::clone(prepared);
        device::<fn(String) -> Block>("disk::Disk::open")
            .named(name)
            .asks(Resource::Disk { name: name.into(), default: None })
            .prepare(move |package| {
                prepared.set(prepared.get() + 1);
                Ok(package.write("disk.txt", "ready")?)
            })
            .of(constant(name.to_string()))
    };
    let which = key::<u8>("disk-number").configure().default(1);
    let cases = (1..=4).map(|number| (number, disk(&format!("disk{number}"))));
    match_(&which, cases).otherwise(disk("disk5"))
}

#[test]
fn of_five_disks_only_the_selected_one_is_asked_for_and_prepared() {
    for (words, name) in [("--disk-number=3", "disk3"), ("", "disk1"), ("--disk-number=9", "disk5")]
    {
        let prepared = Rc::new(Cell::new(0));
        let jobs = [reads(one_of_five(&prepared)), reads(one_of_five(&prepared))];
        let folder = tempfile::tempdir().unwrap();
        let mut package = Package::new(folder.path(), folder.path());
        let given = given(words);
        let inputs = Inputs { mode: Mode::Evaluate, given: &given, environment: &|_| None };
        let plan = Unikernel::new("test", jobs).prepare(&inputs, &mut package).unwrap();
        assert_eq!(names(&plan), [name]);
        let asked = Resource::Disk { name: name.into(), default: None };
        assert_eq!(plan.devices[0].resources, [asked]);
        assert_eq!(prepared.get(), 1);
        assert_eq!(plan.files, ["disk.txt"]);
    }
}

#[test]
fn a_decision_tells_its_question_its_answer_and_where_it_led() {
    let target = key::<Target>("target").configure().default(Target::Unix);
    let chosen = match_(&target, [(Target::Unix, disk("file")), (Target::Xen, disk("xvda"))]);
    let plan = plan(&[reads(chosen.exhaustive())], "--target=xen");
    assert_eq!(plan.target, "xen");
    let [decision] = &plan.decisions[..] else { panic!("one decision") };
    assert_eq!(decision.question, "target");
    assert_eq!(decision.answer, "xen");
    assert_eq!(decision.answers, ["unix", "xen"]);
    assert_eq!(decision.keys, ["target"]);
    assert_eq!(plan.devices[decision.device].name, "xvda");
    assert!(decision.origin.file.ends_with("branches.rs"));
    assert_eq!(plan.devices[0].decisions, [0]);
}

#[test]
fn conditions_are_computed_and_say_so() {
    let cases = [
        ("", "b", "target is xen and not safe"),
        ("--target=xen", "a", "target is xen and not safe"),
        ("--target=xen --safe", "b", "target is xen and not safe"),
    ];
    for (words, name, question) in cases {
        let target = key::<Target>("target").default(Target::Unix);
        let safe = key::<bool>("safe").flag();
        let condition = target.eq(Target::Xen).and(&safe.not());
        let plan = plan(&[reads(if_(&condition, disk("a"), disk("b")))], words);
        assert_eq!(names(&plan), [name]);
        assert_eq!(plan.decisions[0].question, question);
        assert_eq!(plan.decisions[0].keys, ["safe", "target"]);
        // What `and` did not ask is not live.
        assert_eq!(key_of(&plan, "safe").is_live, words.contains("xen"));
    }
}

#[test]
fn a_question_can_be_put_in_words() {
    let both = key::<u8>("a").default(1).zip(&key::<u8>("b").default(2));
    let sum_is_odd = both.map(|(a, b)| (a + b) % 2 == 1).called("an odd number of disks");
    let plan = plan(&[reads(if_(&sum_is_odd.or(&constant(false)), disk("x"), disk("y")))], "");
    assert_eq!(plan.decisions[0].question, "an odd number of disks or a constant");
    assert_eq!(names(&plan), ["x"]);
}

#[test]
fn nested_decisions_are_listed_outermost_first() {
    let flag = |name| key::<bool>(name).flag();
    let inner = if_(&flag("inner"), disk("a"), disk("b"));
    let outer = if_(&flag("outer"), inner, disk("c"));
    let plan = plan(&[reads(outer)], "--outer");
    assert_eq!(names(&plan), ["b"]);
    let questions = plan.devices[0].decisions.iter().map(|&at| &plan.decisions[at].question[..]);
    assert_eq!(questions.collect::<Vec<_>>(), ["outer", "inner"]);
}

#[test]
fn a_device_inherits_what_led_to_its_user_unless_it_is_needed_anyway() {
    let wrap = |net: Impl<Net>| device::<fn(Net) -> Block>("nbd::Nbd::open").named("nbd").of(net);
    let card = device::<fn() -> Net>("card::Card::open").named("card").of(());
    let chosen = if_(&key::<bool>("remote").flag(), wrap(card.clone()), disk("data"));
    let alone = plan(&[reads(chosen.clone())], "--remote");
    assert_eq!(named(&alone, "card").decisions, [0]);
    let shared = plan(&[reads(chosen), job::<fn(Net)>("watch").of(card)], "--remote");
    assert_eq!(named(&shared, "card").decisions, [0; 0]);
    assert_eq!(named(&shared, "nbd").decisions, [0]);
}

#[test]
fn a_shared_device_brings_the_shortest_way_of_all_its_descriptions() {
    let wrap = |net: Impl<Net>| device::<fn(Net) -> Block>("nbd::Nbd::open").named("nbd").of(net);
    let card = || device::<fn() -> Net>("card::Card::open").named("card").of(());
    let wired = if_(&key::<bool>("wired").flag(), card(), unavailable("there is no radio"));
    let plan = plan(&[reads(wrap(wired)), reads(wrap(card()))], "--wired");
    assert_eq!(names(&plan), ["card", "nbd"]);
    assert_eq!(named(&plan, "card").decisions, [0; 0]);
}

#[test]
fn keys_of_dead_branches_are_listed_and_not_live() {
    let size = key::<u64>("size").required();
    let ram = device::<fn(u64) -> Block>("ram::Ram::new").make().of(size);
    let start = reads(if_(&key::<bool>("ram").flag(), ram, disk("data")));
    let dead = plan(std::slice::from_ref(&start), "");
    assert!(!key_of(&dead, "size").is_live);
    assert!(key_of(&dead, "ram").is_live);
    let live = plan(&[start], "--ram");
    assert!(key_of(&live, "size").is_live);
    assert_eq!(key_of(&live, "size").stage, Stage::Both);
}

#[test]
fn the_same_branch_described_twice_is_one_decision() {
    let pages = || {
        let pages = key::<Target>("pages").configure().default(Target::Unix);
        match_(&pages, [(Target::Unix, disk("a"))]).otherwise(disk("b"))
    };
    let plan = plan(&[reads(pages()), reads(pages())], "");
    assert_eq!(plan.decisions.len(), 1);
    assert_eq!(plan.devices[0].decisions, [0]);
}

#[test]
fn an_unavailable_device_is_an_error_only_where_it_is_live() {
    let target = key::<Target>("target").alias("t").configure().default(Target::Unix);
    let chosen = match_(&target, [(Target::Unix, disk("file"))])
        .otherwise(unavailable("`xen` has no files; use `ram` instead"));
    let start = [reads(chosen)];
    assert!(evaluate(&start, "").is_ok());
    let error = error(&start, "-t=xen");
    assert_eq!(error.message, "no `Block` for target `xen`");
    assert_eq!(error.labels[0].text, "`target` chooses it here");
    assert_eq!(error.help.unwrap(), "`xen` has no files; use `ram` instead");
    // Learning the keys goes on.
    assert_eq!(explore(&start, "-t=xen").unwrap().keys.len(), 1);
}

#[test]
fn a_value_without_a_case_is_an_error() {
    let target: Key<Target> = key("target").configure().default(Target::Unix);
    let start = reads(match_(&target, [(Target::Unix, disk("file"))]).exhaustive());
    let error = error(&[start], "--target=xen");
    assert_eq!(error.message, "no case for `xen` of `target`");
    assert_eq!(error.labels[0].text, "its cases are `unix`");
}
