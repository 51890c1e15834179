//! Jobs as a program writes them: they compile, and are still the functions they were.
#![forbid(unsafe_code)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use sarab_macros::job;

/// Returns the output of a future that never waits.
fn output<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Adds.
#[job]
async fn add(
    /// The first number.
    /// It has two lines.
    #[key(default = 1, env = "LEFT", alias = "l")]
    left: u16,
    #[key(default = -1)] right: i32,
    #[key(required)] times: Option<u8>,
) -> i32 {
    (i32::from(left) + right) * i32::from(times.unwrap_or(1))
}

#[job]
pub(crate) async fn apply<F: Fn(u8) -> u8, const N: usize>(
    #[expect(unused_variables, reason = "attributes of others stay")] unused: [u8; N],
    #[key(doc = "A function.", name = "fn")] f: F,
) -> Result<u8, ()> {
    Ok(f(4))
}

#[job]
async fn nothing() {}

#[test]
fn a_job_is_called_as_the_function_it_is() {
    assert_eq!(output(add(2, 5, Some(3))), 21);
    assert_eq!(output(apply([0; 2], |x| x + 1)), Ok(5));
    output(nothing());
}

/// A device that a task may keep.
trait Device {}
impl Device for u8 {}

/// Keeps something for ever.
fn keep(_: impl Device + 'static) {}

#[job]
async fn owner(first: impl Device, pair: impl Into<(u8, u8)>, last: impl Device) {
    keep(first);
    keep(last);
    let _ = pair;
}

#[test]
fn a_job_owns_its_devices() {
    drop(owner(1, (2, 3), 4));
}
