//! The drivers against devices in the same process, honest ones and others.
//!
//! A device is given addresses, which are those of this process, so it reads and writes the very rings.
#![expect(clippy::unwrap_used, reason = "a test ends there")]

mod card;
mod disk;
mod fake;
mod fake_card;
mod fake_disk;
mod hostile;
mod opening;
mod pci;
mod registers;
mod side;
mod small;

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use sarab_queue::Events;

/// Rounds in which nothing happens, after which nothing will.
const IDLE_ROUNDS: usize = 1000;

/// Runs a future, and its devices when it waits, as a machine does.
fn run<T>(events: &[&dyn Events], future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut idle = 0;
    while idle < IDLE_ROUNDS {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
        idle = if turn(events) { 0 } else { idle + 1 };
    }
    panic!("nothing happens any more");
}

/// Lets the devices work once; tells whether something has happened.
fn turn(events: &[&dyn Events]) -> bool {
    for device in events {
        device.notify();
    }
    events.iter().fold(false, |any, device| device.deliver() | any)
}
