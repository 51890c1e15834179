//! The conformance suite of [`Flow`].

use alloc::{format, vec, vec::Vec};
use core::pin::pin;

use embassy_futures::{
    join::join,
    select::{Either, select},
};

use super::{Checked, Violation, done, equal, pattern, poll_once, require, same};
use crate::Flow;

const WRITE: &str = "a write to a flow that stands succeeds";
const READ: &str = "a read from a flow that stands succeeds";
const ZERO: &str = "a read returns 0 only at the end, after the last byte";

/// The most bytes that are written to find out how many a flow holds.
const HELD_BYTES_MAX: usize = 32 << 20;

/// Checks that two ends of one byte stream keep the promises of [`Flow`]. Both are finished by it.
pub async fn flow(mut one: impl Flow, mut other: impl Flow) -> Result<(), Violation> {
    empty_requests(&mut one).await?;
    empty_requests(&mut other).await?;
    bytes_arrive(&mut one, &mut other).await?;
    bytes_arrive(&mut other, &mut one).await?;
    unflushed(&mut one, &mut other).await?;
    waiting(&mut one, &mut other).await?;
    dropped_reads(&mut one, &mut other).await?;
    dropped_writes(&mut one, &mut other).await?;
    finishing(&mut one, &mut other).await
}

async fn empty_requests(flow: &mut impl Flow) -> Checked {
    const EMPTY: &str = "an empty request completes at once and moves no byte";
    let read = poll_once(flow.read(&mut [])).await;
    require(EMPTY, matches!(read, Some(Ok(0) | Err(_))), || "a read did not".into())?;
    let write = poll_once(flow.write(&[])).await;
    require(EMPTY, matches!(write, Some(Ok(0) | Err(_))), || "a write did not".into())
}

async fn bytes_arrive(from: &mut impl Flow, to: &mut impl Flow) -> Checked {
    const SAME: &str = "bytes arrive as they were written, in order";
    let data = pattern(1, 300_000);
    let got = both(send(from, &data), receive(to, data.len(), &[1, 700, 64 << 10])).await?;
    same(SAME, &got, &data)
}

/// What was written is sent although nobody flushes; where it is not, the suite never ends.
async fn unflushed(from: &mut impl Flow, to: &mut impl Flow) -> Checked {
    let data = pattern(6, 10);
    let took = done(WRITE, from.write(&data).await)?;
    let got = receive(to, took, &[64]).await?;
    same("what was written is sent without a flush", &got, &data[..took])
}

/// Reading, and waiting to read, wait until a byte is there, and dropping either loses none.
async fn waiting(from: &mut impl Flow, to: &mut impl Flow) -> Checked {
    const WAITS: &str = "a read waits until a byte is there";
    const READY: &str = "readable waits until there is something to read";
    let mut buffer = [0; 8];
    require(WAITS, poll_once(to.read(&mut buffer)).await.is_none(), || "it did not wait".into())?;
    require(READY, poll_once(to.readable()).await.is_none(), || "it did not wait".into())?;
    let (wrote, ready) = join(send(from, b"abc"), to.readable()).await;
    wrote?;
    done(READY, ready)?;
    done(READY, to.readable().await)?;
    send(from, b"def").await?;
    let got = receive(to, 3, &[1, 8]).await?;
    same("readable takes no byte", &got, b"abc")?;
    same("bytes arrive as they were written, in order", &receive(to, 3, &[8]).await?, b"def")?;
    require(READY, poll_once(to.readable()).await.is_none(), || {
        "it was ready after the last byte".into()
    })
}

async fn dropped_reads(from: &mut impl Flow, to: &mut impl Flow) -> Checked {
    const LOSES: &str = "dropping the future of a read loses no byte";
    let data = pattern(2, 1500);
    let mut got = Vec::new();
    let mut buffer = [0; 64];
    for part in data.chunks(100) {
        for _ in 0..2 {
            if let Some(read) = poll_once(to.read(&mut buffer)).await {
                got.extend_from_slice(&buffer[..done(READ, read)?]);
            }
        }
        send(from, part).await?;
    }
    // What is lost shows as bytes that come too early; the tail makes up for their number.
    let tail = pattern(3, data.len());
    let rest = data.len() - got.len().min(data.len());
    got.extend(both(send(from, &tail), receive(to, rest, &[64])).await?);
    same(LOSES, &got, &data)?;
    same(LOSES, &receive(to, tail.len(), &[4096]).await?, &tail)
}

/// Fills the stream until a write waits, drops that write, and counts what arrives.
async fn dropped_writes(from: &mut impl Flow, to: &mut impl Flow) -> Checked {
    const WAITS: &str = "a write returns how many bytes it took, at least one and at most all";
    const PREFIX: &str = "a dropped write has written none or a first part of its bytes";
    const PART: usize = 64 << 10;
    let part = vec![1; PART];
    let mut taken = 0;
    while taken < HELD_BYTES_MAX {
        let Some(wrote) = poll_once(from.write(&part)).await else { break };
        let count = done(WRITE, wrote)?;
        require(WAITS, (1..=PART).contains(&count), || format!("it returned {count} of {PART}"))?;
        taken += count;
    }
    let dropped = poll_once(from.write(&vec![2; PART])).await;
    let certain = dropped.map(|wrote| done(WRITE, wrote)).transpose()?;
    let got = both(send(from, &[3]), receive_until(to, 3, taken + PART + 1)).await?;
    let ones = got.iter().take_while(|byte| **byte == 1).count();
    equal("bytes arrive as they were written, in order", ones, taken)?;
    let twos = got[ones..].iter().take_while(|byte| **byte == 2).count();
    same(PREFIX, &got[ones + twos..], &[3])?;
    require(PREFIX, certain.is_none_or(|certain| certain == twos), || {
        format!("{twos} bytes arrived of a write that returned {certain:?}")
    })
}

async fn finishing(one: &mut impl Flow, other: &mut impl Flow) -> Checked {
    const BEFORE: &str = "finish sends what was written before the end";
    const CLOSED: &str = "after finish a write fails";
    const OPEN: &str = "after finish the other direction stays open";
    send(one, &pattern(4, 1000)).await?;
    done("a flow that stands can be finished", one.finish().await)?;
    let wrote = one.write(b"x").await;
    require(CLOSED, wrote.is_err(), || format!("it took {wrote:?}"))?;
    same(BEFORE, &receive(other, 1000, &[300]).await?, &pattern(4, 1000))?;
    done("readable is ready at the end", other.readable().await)?;
    is_over(other).await?;
    is_over(other).await?;
    let got = both(send(other, &pattern(5, 1000)), receive(one, 1000, &[1000])).await?;
    same(OPEN, &got, &pattern(5, 1000))?;
    done("both ends of a flow can be finished", other.finish().await)?;
    is_over(one).await
}

/// Runs a send and the receive at its other end, and ends when either finds a violation.
async fn both(
    sending: impl Future<Output = Checked>,
    receiving: impl Future<Output = Result<Vec<u8>, Violation>>,
) -> Result<Vec<u8>, Violation> {
    let (mut sending, mut receiving) = (pin!(sending), pin!(receiving));
    match select(sending.as_mut(), receiving.as_mut()).await {
        Either::First(sent) => sent.map(|()| receiving)?.await,
        Either::Second(got) => {
            let got = got?;
            sending.await.map(|()| got)
        }
    }
}

async fn is_over(flow: &mut impl Flow) -> Checked {
    let read = done("a read at the end succeeds", flow.read(&mut [0; 16]).await)?;
    equal("a read after the peer's finish returns 0", read, 0)
}

/// Writes all of `data` and flushes it.
pub(super) async fn send(flow: &mut impl Flow, mut data: &[u8]) -> Checked {
    while !data.is_empty() {
        let count = done(WRITE, flow.write(data).await)?;
        require(
            "a write takes at least one byte and at most all",
            (1..=data.len()).contains(&count),
            || format!("it returned {count} of {}", data.len()),
        )?;
        data = &data[count..];
    }
    done("a flush of a flow that stands succeeds", flow.flush().await)
}

/// Reads `count` bytes in reads of `sizes`, in turn.
pub(super) async fn receive(
    flow: &mut impl Flow,
    count: usize,
    sizes: &[usize],
) -> Result<Vec<u8>, Violation> {
    let mut got = vec![0; count];
    let mut filled = 0_usize;
    for size in sizes.iter().cycle() {
        let end = filled.saturating_add(*size).min(count);
        if end == filled {
            break;
        }
        let read = done(READ, flow.read(&mut got[filled..end]).await)?;
        let room = end - filled;
        require("a read returns at most the buffer", read <= room, || {
            format!("it returned {read} of {room}")
        })?;
        require(ZERO, read > 0, || format!("it did after {filled} of {count} bytes"))?;
        filled += read;
    }
    Ok(got)
}

/// Reads until `last` has come, `most` bytes have, or the stream ends.
async fn receive_until(flow: &mut impl Flow, last: u8, most: usize) -> Result<Vec<u8>, Violation> {
    let mut got = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    while got.last() != Some(&last) && got.len() < most {
        match done(READ, flow.read(&mut buffer).await)? {
            0 => break,
            count => got.extend_from_slice(&buffer[..count]),
        }
    }
    Ok(got)
}
