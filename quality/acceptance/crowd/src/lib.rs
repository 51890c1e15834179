//! Has two of each kind of device, and tells them apart.
#![no_std]
#![forbid(unsafe_code)]

use sarab::prelude::*;

/// Marks each disk with its name, and greets each network with a frame that carries the name of its card.
#[sarab::job]
pub async fn start(
    left: impl Net,
    right: impl Net,
    first: impl Block,
    second: impl Block,
) -> Result<(), Failure> {
    mark(&first, "first").await?;
    mark(&second, "second").await?;
    greet(&left, "left").await?;
    greet(&right, "right").await?;
    // The host hears both before it ends.
    stopping().await;
    Ok(())
}

/// Says how large the disk is, and writes its name into the last sector.
async fn mark(disk: &impl Block, name: &str) -> Result<(), Failure> {
    let geometry = disk.geometry();
    println!("{name} {}", geometry.size_bytes());
    let mut sector = vec![0; geometry.sector_bytes as usize];
    sector[..name.len()].copy_from_slice(name.as_bytes());
    disk.write(geometry.sector_count - 1, sector.into()).await?;
    disk.flush().await?;
    Ok(())
}

/// Sends a frame to everybody, of a type for experiments (IEEE 802, clause 9.2.3).
async fn greet(card: &impl Net, name: &str) -> Result<(), Failure> {
    let head = [&[0xff; 6], &card.mac().0[..], &[0x88, 0xb5]].concat();
    let mut frame = [&head, name.as_bytes()].concat();
    frame.resize(60, 0);
    card.send(frame.into()).await?;
    println!("{name} {}", card.mac());
    Ok(())
}
