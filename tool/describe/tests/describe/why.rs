//! What `why` says.

use sarab_describe::{Colour, WhyError, why};

use crate::plans;

#[test]
fn a_device_that_a_key_chose() {
    insta::assert_snapshot!(why(&plans::site(), "service", Colour::Plain).unwrap());
}

#[test]
fn a_device_that_no_key_decides_about() {
    insta::assert_snapshot!(why(&plans::site(), "service_tcp", Colour::Plain).unwrap());
}

#[test]
fn a_device_that_is_there_for_one_that_a_key_chose() {
    insta::assert_snapshot!(why(&plans::site(), "service_net", Colour::Plain).unwrap());
}

#[test]
fn a_device_that_several_jobs_lead_to() {
    insta::assert_snapshot!(why(&plans::large(), "users", Colour::Plain).unwrap());
}

#[test]
fn a_device_that_only_has_to_be_made_before() {
    insta::assert_snapshot!(why(&plans::large(), "clock", Colour::Plain).unwrap());
}

#[test]
fn a_device_that_is_not_there() {
    let error = why(&plans::site(), "servise", Colour::Plain).unwrap_err();
    assert_eq!(error.to_string(), "no device `servise` in `site`");
    let WhyError::Unknown { closest, .. } = &error else { panic!("{error}") };
    assert_eq!(closest.as_deref(), Some("service"));
    assert_eq!(
        error.help(),
        "did you mean `service`? the devices are: service_net, service, service_tcp, htdocs, data"
    );
}

#[test]
fn a_name_that_is_near_to_none() {
    let far = why(&plans::site(), "xyzzy", Colour::Plain).unwrap_err();
    assert_eq!(far.help(), "the devices are: service_net, service, service_tcp, htdocs, data");
    let none = why(&plans::hello(), "service", Colour::Plain).unwrap_err();
    assert_eq!(none.help(), "the plan has no devices");
}

#[test]
fn every_device_of_a_hostile_plan_is_explained() {
    let plan = plans::hostile();
    for device in &plan.devices {
        let text = why(&plan, &device.name, Colour::Plain).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{7}']));
        assert!(text.contains("j<>"), "{text}");
    }
}
