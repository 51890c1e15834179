//! The conformance suite of [`Net`].

mod offload;

use alloc::{format, vec::Vec};

use bytes::{Bytes, BytesMut};
use embassy_futures::join::join;

use super::{
    Checked, Violation, done, equal, pattern, poll_once, refused, require, same, together,
};
use crate::{ErrorKind, Net};

/// Bytes of an Ethernet header: destination, source, type.
const HEADER: usize = 14;
/// The type for experiments on one's own network (IEEE 802, local experimental `EtherType` 1).
const EXPERIMENTAL: [u8; 2] = [0x88, 0xb5];
/// Frames that are on their way at once, at most.
const BURST: u8 = 8;

/// Checks that two cards, joined by a wire, keep the promises of [`Net`].
///
/// The wire must lose nothing while eight frames are on their way. Frames of others that come in
/// between are passed over. What the cards do for their user is checked in both of the forms that
/// packets are received in; and if they cut frames, the wire must carry IPv4.
pub async fn net(one: &impl Net, other: &impl Net) -> Result<(), Violation> {
    shape(one)?;
    shape(other)?;
    bad_frames(one).await?;
    bad_frames(other).await?;
    direction(one, other).await?;
    direction(other, one).await
}

fn shape(card: &impl Net) -> Checked {
    equal("the address of a card does not change", card.mac(), card.mac())?;
    require("the address of a card is no group address", card.mac().0[0] & 1 == 0, || {
        format!("it was {}", card.mac())
    })?;
    require("a frame can carry IPv4's least MTU, 68 (RFC 791)", card.mtu() >= 68, || {
        format!("it carries {}", card.mtu())
    })?;
    offload::shape(card)
}

async fn bad_frames(card: &impl Net) -> Checked {
    const SHORT: &str = "a frame shorter than its header is refused with InvalidInput";
    const LONG: &str = "a frame longer than the device carries is refused with InvalidInput";
    for size in [0, HEADER - 1] {
        refused(SHORT, card.send(pattern(1, size)).await, ErrorKind::InvalidInput)?;
    }
    let long = pattern(2, HEADER + card.mtu() + 1);
    refused(LONG, card.send(long).await, ErrorKind::InvalidInput)
}

async fn direction(from: &impl Net, to: &impl Net) -> Checked {
    sizes(from, to).await?;
    order(from, to).await?;
    dropped_recv(from, to).await?;
    dropped_send(from, to).await?;
    two_waiting(from, to).await?;
    offload::frames(from, to).await?;
    offload::packets(from, to).await
}

async fn sizes(from: &impl Net, to: &impl Net) -> Checked {
    const WHOLE: &str = "a frame arrives whole and as it was sent";
    for size in [HEADER + 1, 60, 61, HEADER + from.mtu().min(to.mtu())] {
        let frame = numbered(from, to, 1, size);
        send(from, frame.clone()).await?;
        let mut got = recv(to).await?;
        // A wire of real cards pads to 60 bytes (IEEE 802.3-2022, 4.2.3.3).
        if size < 60 && got.len() == 60 {
            got.truncate(size);
        }
        same(WHOLE, &got, &frame)?;
    }
    Ok(())
}

async fn order(from: &impl Net, to: &impl Net) -> Checked {
    const ORDER: &str = "frames are returned once each, in the order of their arrival";
    let frames = (0..BURST).map(|number| send(from, numbered(from, to, number, 64)));
    for sent in together(frames).await {
        sent?;
    }
    let mut seen = Vec::new();
    for _ in 0..BURST {
        seen.push(number(&recv(to).await?));
    }
    equal(ORDER, seen, (0..BURST).collect())
}

async fn dropped_recv(from: &impl Net, to: &impl Net) -> Checked {
    const LOSES: &str = "dropping the future of a recv loses no frame";
    let mut seen = Vec::new();
    for number in 0..BURST {
        seen.extend(attempt(to).await?);
        send(from, numbered(from, to, number, 64)).await?;
        seen.extend(attempt(to).await?);
    }
    // One more behind them: when it comes, all before it have come or were lost.
    send(from, numbered(from, to, BURST, 64)).await?;
    while seen.last() != Some(&BURST) {
        seen.push(number(&recv(to).await?));
    }
    seen.pop();
    equal(LOSES, seen, (0..BURST).collect())
}

/// Polls a recv once, drops it, and returns the number of the frame that it gave, if any.
async fn attempt(to: &impl Net) -> Result<Option<u8>, Violation> {
    let Some(result) = poll_once(to.recv()).await else { return Ok(None) };
    let frame = done("a recv of a sound card succeeds", result)?;
    Ok(is_ours(&frame).then(|| number(&frame)))
}

async fn dropped_send(from: &impl Net, to: &impl Net) -> Checked {
    const WHOLE: &str = "dropping the future of a send sends the whole frame or none of it";
    let dropped = numbered(from, to, 1, 80);
    let last = numbered(from, to, 2, 81);
    drop(poll_once(from.send(dropped.clone())).await);
    send(from, last.clone()).await?;
    let mut got = recv(to).await?;
    if number(&got) == 1 {
        same(WHOLE, &got, &dropped)?;
        got = recv(to).await?;
    }
    same(WHOLE, &got, &last)
}

async fn two_waiting(from: &impl Net, to: &impl Net) -> Checked {
    const EITHER: &str = "with two waiting at once, each frame goes to one of them";
    let sending = async {
        send(from, numbered(from, to, 1, 64)).await?;
        send(from, numbered(from, to, 2, 64)).await
    };
    let ((first, second), sent) = join(join(recv(to), recv(to)), sending).await;
    sent?;
    let mut seen = [number(&first?), number(&second?)];
    seen.sort_unstable();
    equal(EITHER, seen, [1, 2])
}

async fn send(card: &impl Net, frame: Bytes) -> Checked {
    done("a frame within the limits is sent", card.send(frame).await)
}

/// Receives the next frame of this suite.
async fn recv(card: &impl Net) -> Result<Bytes, Violation> {
    loop {
        let frame = done("a recv of a sound card succeeds", card.recv().await)?;
        if is_ours(&frame) {
            return Ok(frame);
        }
    }
}

fn is_ours(frame: &[u8]) -> bool {
    frame.len() > HEADER && frame[12..HEADER] == EXPERIMENTAL
}

fn number(frame: &[u8]) -> u8 {
    frame[HEADER]
}

fn numbered(from: &impl Net, to: &impl Net, number: u8, size: usize) -> Bytes {
    let mut frame = BytesMut::with_capacity(size);
    frame.extend_from_slice(&to.mac().0);
    frame.extend_from_slice(&from.mac().0);
    frame.extend_from_slice(&EXPERIMENTAL);
    frame.extend_from_slice(&[number]);
    frame.extend_from_slice(&pattern(u64::from(number), size - HEADER - 1));
    frame.freeze()
}
