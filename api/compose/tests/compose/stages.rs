//! Stages: what is known when.

use std::net::Ipv4Addr;

use crate::{disk, error, evaluate, key_of, lines, plan, reads};
use sarab_compose::plan::{Argument, Stage};
use sarab_compose::{Job, Key, RESERVED, if_, job, key};

fn takes(key: Key<u16>) -> Job {
    job::<fn(u16)>("start").of(key)
}

#[test]
fn the_stage_decides_whether_an_argument_is_read_when_booting() {
    let port = || key::<u16>("port");
    let boot = Argument::Boot("port".into());
    for (key, stage, argument) in [
        (port().default(80), Stage::Both, boot.clone()),
        (port().stage(Stage::Both).default(80), Stage::Both, boot.clone()),
        (port().boot().default(80), Stage::Boot, boot),
        (port().configure().default(80), Stage::Configure, Argument::Fixed("80".into())),
    ] {
        let plan = plan(&[takes(key)], "");
        assert_eq!(plan.jobs[0].arguments, [argument]);
        assert_eq!(key_of(&plan, "port").stage, stage);
    }
}

#[test]
fn a_key_that_a_branch_needs_is_fixed_when_configuring() {
    let tls = key::<bool>("tls").flag();
    let both = job::<fn(bool)>("start").of(tls.clone());
    let plan = plan(&[both, reads(if_(&tls, disk("a"), disk("b")))], "--tls");
    assert_eq!(key_of(&plan, "tls").stage, Stage::Configure);
    assert_eq!(plan.jobs[0].arguments, [Argument::Fixed("true".into())]);
}

#[test]
fn a_key_for_booting_cannot_decide_a_branch() {
    for (key, message) in [
        (
            key::<bool>("tls").boot().flag(),
            "the key `tls` is given when booting, but a branch on it is decided when configuring",
        ),
        (
            key::<bool>("tls").stage(Stage::Both).flag(),
            "the key `tls` may still be given when booting, but a branch on it is decided when \
             configuring",
        ),
    ] {
        let start = reads(if_(&key.not(), disk("a"), disk("b")));
        let here = line!() - 1;
        let error = error(&[start], "");
        assert_eq!(error.message, message);
        assert_eq!(lines(&error)[0], here);
        assert!(error.help.unwrap().contains("`.configure()`"));
        assert!(!error.is_usage);
    }
}

#[test]
fn a_branch_on_a_key_for_booting_is_an_error_even_where_it_is_dead() {
    let boot = key::<bool>("late").boot().flag();
    let dead = if_(&boot, disk("a"), disk("b"));
    let start = reads(if_(&key::<bool>("early").flag(), dead, disk("c")));
    assert!(evaluate(&[start], "").is_err());
}

#[test]
fn a_computed_argument_is_fixed_when_configuring() {
    let next = key::<u16>("port").default(80).map(|port| port + 1);
    let plan = plan(&[takes(next)], "--port=442");
    assert_eq!(plan.jobs[0].arguments, [Argument::Fixed("443".into())]);
    assert_eq!(key_of(&plan, "port").stage, Stage::Configure);
}

#[test]
fn a_value_cannot_be_computed_from_a_key_for_booting() {
    let next = key::<u16>("port").boot().default(80).map(|port| port + 1);
    let here = line!() - 1;
    let error = error(&[takes(next)], "");
    assert_eq!(
        error.message,
        "the key `port` is given when booting, but a value is decided when configuring"
    );
    assert_eq!(error.labels[0].text, "computed from it here");
    assert_eq!(lines(&error), [here, here]);
}

#[test]
fn names_that_mean_something_else_when_booting_are_refused_for_booting_only() {
    for name in RESERVED {
        let key = || key::<u16>(name);
        let error = error(&[takes(key().default(1))], "");
        assert_eq!(error.message, format!("`{name}` has a meaning of its own when booting"));
        assert!(evaluate(&[takes(key().configure().default(1))], "").is_ok());
    }
    let net = key::<bool>("net").flag();
    assert!(evaluate(&[reads(if_(&net, disk("a"), disk("b")))], "").is_ok());
    let aliased = key::<u16>("level").alias("log").default(1);
    assert!(evaluate(&[takes(aliased)], "").is_err());
    let grouped = key::<Ipv4Addr>("net").group("in").optional();
    assert!(evaluate(&[job::<fn(Option<Ipv4Addr>)>("start").of(grouped)], "").is_ok());
}
