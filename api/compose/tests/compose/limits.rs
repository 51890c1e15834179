//! What never ends, and closures that panic.

use std::panic::catch_unwind;

use crate::{Block, disk, error, lines, reads};
use sarab_compose::{Impl, constant, device, group, if_, job, key};

fn wrap(block: Impl<Block>) -> Impl<Block> {
    device::<fn(Block) -> Block>("cache::Cache::new").make().of(block)
}

#[test]
fn a_graph_that_grows_without_an_end_is_an_error() {
    let mut block = disk("data");
    for _ in 0..100_000 {
        block = wrap(block);
    }
    let error = error(&[reads(block)], "");
    assert_eq!(error.message, "a `Block` stands on more than 256 others");
    assert!(error.labels[0].origin.file.ends_with("limits.rs"));
}

#[test]
fn a_deep_graph_that_ends_is_fine() {
    let block = (0..250).fold(disk("data"), |block, _| wrap(block));
    assert_eq!(crate::plan(&[reads(block)], "").devices.len(), 251);
}

#[test]
fn a_combinator_that_calls_itself_is_stopped() {
    #[expect(unconditional_recursion, reason = "it is what must be stopped")]
    fn endless() -> Impl<Block> {
        device::<fn(Block) -> Block>("cache::Cache::new").of(endless())
    }
    fn grouped() -> Impl<Block> {
        group("in", grouped)
    }
    for combinator in [endless, grouped] {
        let panic = catch_unwind(|| drop(combinator())).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(message.contains("a combinator calls itself without an end"), "{message}");
    }
    // The words go on as before.
    assert_eq!(crate::plan(&[reads(wrap(disk("data")))], "").keys, []);
}

#[test]
fn a_value_that_is_computed_without_an_end_is_an_error() {
    let mut port = key::<u16>("port").default(80);
    for _ in 0..100_000 {
        port = port.map(|port| port);
    }
    let error = error(&[job::<fn(u16)>("start").of(port)], "");
    assert_eq!(error.message, "`port` is computed in more than 256 steps");
}

#[test]
fn a_closure_that_panics_is_an_error_with_its_place() {
    let none = key::<u16>("port").optional();
    let port = none.map(|port| port.expect("a port"));
    let here = line!() - 1;
    let error = error(&[job::<fn(u16)>("start").of(port)], "");
    assert_eq!(error.message, "the code that computes `port` panicked: a port");
    assert_eq!(lines(&error), [here, here]);
    assert_eq!(error.labels[0].text, "panicked here");
}

#[test]
fn a_condition_that_panics_is_an_error() {
    let divides = constant(0_u8).map(|by| 7 % by == 0);
    let error = error(&[reads(if_(&divides, disk("a"), disk("b")))], "");
    assert!(error.message.starts_with("the code that computes `a constant` panicked: "));
}
