//! Keys: values, words that give them, errors on the command line.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::{Target, disk, error, evaluate, explore, given, key_of, lines, plan, reads};
use sarab_compose::plan::{Alias, Argument, Arity, Plan, Source, Stage};
use sarab_compose::protocol::{Diagnostic, Mode};
use sarab_compose::{Inputs, Job, Key, Parameter, Plain, Unikernel, Value, group, if_, job, key};
use sarab_key::{Ipv4Prefix, Ipv6Prefix, Size, Wrong};

/// A job that takes one value.
fn takes<T: Plain + Parameter<Wire = Key<T>>>(key: Key<T>) -> Job {
    job::<fn(T)>("start").of(key)
}

/// What `job` is given, which is fixed.
fn fixed(plan: &Plan) -> &str {
    let Argument::Fixed(text) = &plan.jobs[0].arguments[0] else { panic!("it is not fixed") };
    text
}

/// A temperature: a type of the user.
#[derive(Clone, PartialEq)]
struct Celsius(i16);

impl Value for Celsius {
    const NAME: &'static str = "TEMPERATURE";
    const RUST: &'static str = "weather::Celsius";

    fn parse(text: &str) -> Result<Self, Wrong> {
        assert_ne!(text, "hot", "hot is no number");
        let degrees = text.strip_suffix('C').and_then(|degrees| degrees.parse().ok());
        degrees.map(Celsius).ok_or(Wrong::expected("a temperature like 20C"))
    }

    fn render(&self) -> String {
        format!("{}C", self.0)
    }
}

#[test]
fn a_configured_value_wins_over_the_environment_and_that_over_the_default() {
    for (words, is_set, value, source) in [
        ("", false, "80", Source::Default),
        ("", true, "443", Source::Environment),
        ("--port=8080", true, "8080", Source::CommandLine),
        ("--port=080", false, "80", Source::CommandLine),
    ] {
        let start = takes(key::<u16>("port").env("PORT").configure().default(80));
        let given = given(words);
        let environment = |name: &str| (is_set && name == "PORT").then(|| "443".to_string());
        let inputs = Inputs { mode: Mode::Evaluate, given: &given, environment: &environment };
        let plan = Unikernel::new("test", [start]).evaluate(&inputs).unwrap();
        let key = key_of(&plan, "port");
        assert_eq!(fixed(&plan), value, "{words}");
        assert_eq!((key.source, &key.default), (source, &Some("80".into())), "{words}");
        let is_given = source != Source::Default;
        assert_eq!(key.configured, if is_given { vec![value] } else { vec![] }, "{words}");
    }
}

#[test]
fn every_type_is_read_and_written() {
    fn check<T: Plain + Parameter<Wire = Key<T>> + Value>(text: &str, expected: &str) {
        let start = takes(key::<T>("it").configure().required());
        assert_eq!(fixed(&plan(&[start], &format!("--it={text}"))), expected);
    }
    check::<i64>("-3", "-3");
    check::<bool>("true", "true");
    check::<String>("x", "String::from(\"x\")");
    check::<Ipv4Addr>("10.0.0.1", "sarab_key::fixed::<core::net::Ipv4Addr>(\"10.0.0.1\")");
    check::<Ipv6Addr>("::1", "sarab_key::fixed::<core::net::Ipv6Addr>(\"::1\")");
    check::<Ipv4Prefix>("10.0.0.1/8", "sarab_key::fixed::<sarab_key::Ipv4Prefix>(\"10.0.0.1/8\")");
    check::<Ipv6Prefix>("fd00::1/8", "sarab_key::fixed::<sarab_key::Ipv6Prefix>(\"fd00::1/8\")");
    check::<Duration>("90s", "sarab_key::fixed::<core::time::Duration>(\"1m30s\")");
    check::<Size>("64MiB", "sarab_key::fixed::<sarab_key::Size>(\"64MiB\")");
    check::<Celsius>("20C", "sarab_key::fixed::<weather::Celsius>(\"20C\")");
}

#[test]
fn every_arity_has_its_way() {
    let flag = |words| fixed(&plan(&[takes(key("it").configure().flag())], words)).to_owned();
    assert_eq!([flag(""), flag("--it"), flag("--no-it")], ["false", "true", "false"]);
    let optional =
        |words| fixed(&plan(&[takes(key::<u8>("it").configure().optional())], words)).to_owned();
    assert_eq!([optional(""), optional("--it=1")], ["None", "Some(1)"]);
    let list = |words| fixed(&plan(&[takes(key::<u8>("it").configure().list())], words)).to_owned();
    assert_eq!([list(""), list("--it=1,2 --it=3")], ["Vec::new()", "vec![1, 2, 3]"]);
    let list =
        |words| fixed(&plan(&[takes(key::<u8>("it").configure().list_or([7]))], words)).to_owned();
    assert_eq!([list(""), list("--it=1"), list("--it=")], ["vec![7]", "vec![1]", "Vec::new()"]);
}

#[test]
fn a_plan_tells_all_about_a_key() {
    let port = key::<u16>("port").doc("TCP port to listen on.").value_name("PORT").env("PORT");
    let start = takes(port.alias("p").alias_value("tls", 443).boot().default(80));
    let plan = plan(&[start], "");
    let key = key_of(&plan, "port");
    assert_eq!(key.doc, "TCP port to listen on.");
    assert_eq!((&key.value_name[..], &key.rust_type[..]), ("PORT", "u16"));
    assert_eq!((key.stage, key.arity), (Stage::Boot, Arity::Default));
    assert_eq!(key.environment.as_deref(), Some("PORT"));
    let alias =
        |name: &str, value: Option<&str>| Alias { name: name.into(), value: value.map(Into::into) };
    assert_eq!(key.aliases, [alias("p", None), alias("tls", Some("443"))]);
    assert!(key.is_live && key.origin.file.ends_with("keys.rs"));
}

#[test]
fn aliases_are_names_or_stand_for_a_value() {
    for (words, expected) in [("", "unix"), ("-t=xen", "xen"), ("--xen", "xen"), ("--unix", "unix")]
    {
        let target = key::<Target>("target").alias("t").alias_value("xen", Target::Xen);
        let target = target.alias_value("unix", Target::Unix).configure().default(Target::Unix);
        let unikernel = Unikernel::new("test", []).key(&target);
        let given = given(words);
        let inputs = Inputs { mode: Mode::Evaluate, given: &given, environment: &|_| None };
        let plan = unikernel.evaluate(&inputs).unwrap();
        assert_eq!(plan.target, expected, "{words}");
        assert_eq!(key_of(&plan, "target").choices, ["unix", "xen"]);
        assert!(key_of(&plan, "target").is_live);
    }
}

#[test]
fn a_list_that_was_configured_to_be_empty_stays_empty_when_booting() {
    let start = || takes(key::<String>("tag").list_or(["a".to_string(), "b".to_string()]));
    let given = plan(&[start()], "--tag=");
    let tag = key_of(&given, "tag");
    assert_eq!((tag.source, &tag.default), (Source::CommandLine, &None));
    assert!(tag.configured.is_empty());
    assert_eq!(key_of(&plan(&[start()], ""), "tag").default.as_deref(), Some("a,b"));
}

#[test]
fn an_alias_of_a_list_stands_for_one_value_whatever_is_in_it() {
    let list = key::<String>("tag").alias_value("pair", "a,b".to_string()).configure().list();
    let plan = plan(&[takes(list)], "--pair --tag=c");
    assert_eq!(key_of(&plan, "tag").configured, ["a,b", "c"]);
}

#[test]
fn a_group_is_put_before_the_keys_of_any_combinator() {
    fn address() -> Key<Option<Ipv4Addr>> {
        key::<Ipv4Addr>("ip").env("IP").alias("i").configure().optional()
    }
    let inside = group("in", address);
    let deep = group("out", || group("b", address));
    let own = key::<u8>("mtu").group("out").default(1);
    let start = job::<fn(Option<Ipv4Addr>, Option<Ipv4Addr>, Option<Ipv4Addr>, u8)>("start");
    let start = start.of((inside, deep, address(), own));
    let plan = plan(&[start], "--in-ip=10.0.0.1 --out-b-i=10.0.0.2");
    let names: Vec<_> = plan.keys.iter().map(|key| &key.name[..]).collect();
    assert_eq!(names, ["in-ip", "ip", "out-b-ip", "out-mtu"]);
    let inside = key_of(&plan, "in-ip");
    assert_eq!(inside.group.as_deref(), Some("in"));
    assert_eq!(inside.environment.as_deref(), Some("IN_IP"));
    assert_eq!(inside.configured, ["10.0.0.1"]);
    assert_eq!(key_of(&plan, "out-b-ip").configured, ["10.0.0.2"]);
    assert_eq!(key_of(&plan, "ip").group, None);
}

#[test]
fn a_key_of_the_whole_unikernel_is_in_no_group() {
    let pace = || key::<u8>("pace").ungrouped().configure().default(1);
    let start = job::<fn(u8, u8)>("start").of((group("in", pace), pace()));
    let plan = plan(&[start], "--pace=2");
    assert_eq!(plan.keys.len(), 1);
    assert_eq!(plan.keys[0].group, None);
}

#[test]
fn one_key_may_be_declared_in_several_places_alike() {
    let port = || key::<u16>("port").doc("A port.").default(80);
    let start = job::<fn(u16, u16)>("start").of((port(), port()));
    assert_eq!(plan(&[start], "").keys.len(), 1);
}

#[test]
fn keys_of_both_families_cannot_share_a_name() {
    let four = key::<Ipv4Addr>("ip").required();
    let six = key::<Ipv6Addr>("ip").required();
    let here = line!() - 1;
    let error = error(&[job::<fn(Ipv4Addr, Ipv6Addr)>("start").of((four, six))], "");
    assert_eq!(error.message, "the key `ip` is declared twice, differently");
    assert_eq!(lines(&error), [here, here - 1]);
    assert_eq!(error.labels[0].text, "declared here for values of type `Ipv6Addr`");
}

/// A job with keys of many sorts.
fn many() -> Job {
    let port = key::<u16>("port").alias("p").configure().default(80);
    let tls = key::<bool>("tls").alias_value("fast", false).configure().flag();
    let heat = key::<Celsius>("heat").choices([Celsius(20), Celsius(30)]).configure();
    let name = key::<String>("name").boot().default("x".into());
    job::<fn(u16, bool, Celsius, String)>("start").of((port, tls, heat.default(Celsius(20)), name))
}

#[test]
fn a_wrong_command_line_is_told_the_key_the_value_and_the_way_out() {
    #[rustfmt::skip]
    let cases = [
        ("--prot=1", "there is no key `prot`", "did you mean `--port`?"),
        ("--q", "there is no key `q`", "the keys are `heat`, `name`, `port`, `tls`"),
        ("--port=80a", "`--port` cannot be `80a`: expected a whole number from 0 to 65535", ""),
        ("-p=-1", "`--p` cannot be `-1`: expected a whole number from 0 to 65535", ""),
        ("--port", "`--port` needs a value", "give `--port N`"),
        ("--port=1 --p=2", "the key `port` is given more than once: `1`, `2`", ""),
        ("--fast=x", "`--fast` takes no value, and was given `x`", "give `--tls x`"),
        ("--tls=maybe", "`--tls` cannot be `maybe`: expected true or false", ""),
        ("--heat=25C", "`--heat` cannot be `25C`: expected one of 20C, 30C, did you mean 20C?", ""),
        ("--heat=20", "`--heat` cannot be `20`: expected a temperature like 20C", ""),
        ("--name=y", "the key `name` is given when booting", "give `--name` to the program when it runs"),
    ];
    for (words, message, help) in cases {
        let error = error(&[many()], words);
        assert_eq!(error.message, message, "{words}");
        assert_eq!(error.help.unwrap_or_default(), help, "{words}");
        assert!(error.is_usage, "{words}");
        assert_eq!(error.labels.is_empty(), words == "--prot=1" || words == "--q", "{words}");
        // What only asks for the keys passes it over.
        assert_eq!(explore(&[many()], words).unwrap().keys.len(), 4, "{words}");
    }
}

#[test]
fn a_wrong_environment_variable_is_named() {
    let start = takes(key::<u16>("port").env("PORT").default(80));
    let environment = |name: &str| (name == "PORT").then(|| "http".to_string());
    let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &environment };
    let error = Unikernel::new("test", [start]).evaluate(&inputs).unwrap_err();
    let message = "the environment variable `PORT` cannot be `http`: ";
    assert!(error.message.starts_with(message), "{}", error.message);
}

#[test]
fn a_required_key_is_missed_when_it_is_needed_and_not_before() {
    let size = || key::<u64>("size").env("SIZE");
    let error = error(&[takes(size().configure().required())], "");
    assert_eq!(error.message, "the key `size` is required");
    assert_eq!(error.help.unwrap(), "give `--size N` or set SIZE");
    assert!(error.is_usage);
    // When it may be given when booting, the program asks for it.
    assert!(evaluate(&[takes(size().required())], "").is_ok());
    // On a dead branch nobody asks.
    let flag = key::<bool>("ram").flag();
    let on = size().configure().required().eq(1);
    let dead = reads(if_(&flag, if_(&on, disk("a"), disk("b")), disk("c")));
    assert!(evaluate(std::slice::from_ref(&dead), "").is_ok());
    assert!(evaluate(std::slice::from_ref(&dead), "--ram").is_err());
    // Learning the keys does not need it.
    let explored = explore(&[dead], "--ram").unwrap();
    assert_eq!((explored.keys.len(), explored.devices.len()), (2, 0));
    // And hides no key that comes after it.
    let late = takes(key::<u16>("port").default(80));
    let explored = explore(&[takes(size().configure().required()), late], "").unwrap();
    assert!(explored.keys.iter().all(|key| key.is_live));
}

#[test]
fn a_key_that_is_always_live_must_be_given_too() {
    let target = key::<Target>("target").configure().required();
    let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
    let error = Unikernel::new("test", []).key(&target).evaluate(&inputs).unwrap_err();
    assert_eq!(error.message, "the key `target` is required");
}

#[test]
fn a_declaration_that_cannot_be_meant_is_an_error_in_config_rs() {
    fn message<T: Plain + Parameter<Wire = Key<T>>>(key: Key<T>) -> Diagnostic {
        error(&[takes(key)], "")
    }
    let text = |key: Key<u8>| message(key).message;
    assert_eq!(text(key("Max_Size").default(1)), "`Max_Size` is no name of a key");
    assert_eq!(text(key("").default(1)), "`` is no name of a key");
    assert_eq!(text(key("a").alias("-b").default(1)), "`-b` is no alias");
    assert_eq!(text(key("a").alias("a").default(1)), "`a` stands for `a` and for `a`");
    assert_eq!(
        text(key("a").choices([1, 2]).default(3)),
        "the default of `a` cannot be `3`: expected one of 1, 2"
    );
    assert!(!message(key::<u8>("a").alias("a").default(1)).is_usage);
    let two = job::<fn(u8, u8)>("start");
    let error = error(&[two.of((key("a").default(1), key("b").alias("a").default(1)))], "");
    assert_eq!(error.message, "`a` stands for `b` and for `a`");
    assert_eq!(error.labels.len(), 2);
}

#[test]
fn a_converter_that_panics_is_an_error_with_its_place() {
    let error = error(&[takes(key::<Celsius>("heat").default(Celsius(20)))], "--heat=hot");
    assert!(error.message.starts_with("the converter of `heat` panicked: "), "{}", error.message);
    assert!(error.message.contains("hot is no number"));
    assert_eq!(error.labels.len(), 2);
    assert!(error.labels.iter().all(|label| label.origin.file.ends_with("keys.rs")));
}
