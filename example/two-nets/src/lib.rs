//! Passes frames from one network to another.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{
    future::{Either3, select3},
    prelude::*,
};

/// Joins two networks like a cable, and counts what passes.
#[sarab::job]
pub async fn start(left: impl Net, right: impl Net) -> Result<(), Failure> {
    println!("left {}, right {}", left.mac(), right.mac());
    let (mut there, mut back) = (0, 0);
    let passing =
        select3(pass(&left, &right, &mut there), pass(&right, &left, &mut back), stopping());
    match passing.await {
        Either3::First(failed) | Either3::Second(failed) => failed?,
        Either3::Third(()) => {}
    }
    println!("{there} frames from left to right, {back} from right to left");
    Ok(())
}

/// Sends every frame of `from` into `to`; the frame is not copied.
async fn pass(from: &impl Net, to: &impl Net, count: &mut u64) -> Result<(), Failure> {
    loop {
        to.send(from.recv().await?).await?;
        *count += 1;
    }
}
