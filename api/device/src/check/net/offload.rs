//! What a card does for its user: checksums, and cutting frames.

use alloc::{format, vec::Vec};

use bytes::BytesMut;

use super::{HEADER, is_ours, number, numbered};
use crate::{
    Checksum, ErrorKind, IpVersion, Net, Packet, Segmentation,
    check::{Checked, Violation, done, equal, pattern, refused, require, same},
    net::checksum,
};

/// Where the parts of a segment begin in its frame, without any options (RFC 791 section 3.1,
/// RFC 9293 section 3.1).
const IP: usize = HEADER;
const TCP: usize = IP + 20;
const PAYLOAD: usize = TCP + 20;
/// The place of TCP's checksum, from the beginning of its header on.
const FIELD: u16 = 16;
/// Bytes of the payload of a segment, and of a frame that is cut into four.
const SEGMENT_BYTES: u16 = 500;
const WHOLE_BYTES: usize = 1600;
/// Ports for experiments (RFC 4727 section 6), which tell the segments of this suite from others.
const PORTS: [u8; 4] = [0x03, 0xfd, 0x03, 0xfe];

pub(super) fn shape(card: &impl Net) -> Checked {
    let offloads = card.offloads();
    equal("what a card does for its user does not change", card.offloads(), offloads)?;
    let is_sound = offloads.frame_bytes_max == 0
        || (offloads.checksum && offloads.frame_bytes_max >= HEADER + card.mtu());
    require(
        "a card that cuts frames takes longer ones than others, and does checksums",
        is_sound,
        || format!("it does {offloads:?}"),
    )
}

/// Checks what comes out by [`Net::recv`].
pub(super) async fn frames(from: &impl Net, to: &impl Net) -> Checked {
    const FINISHED: &str = "a frame that is received has its checksum";
    let packet = open(from, to);
    if from.offloads().checksum {
        send(from, packet.clone()).await?;
        same(FINISHED, &super::recv(to).await?, &packet.into_frame())?;
    }
    if from.offloads().frame_bytes_max == 0 {
        return Ok(());
    }
    send(from, whole(from, to)).await?;
    let mut payload = Vec::new();
    while payload.len() < WHOLE_BYTES {
        let frame = done("a recv of a sound card succeeds", to.recv().await)?;
        if is_segment(&frame) {
            finished_segment(&frame, to.mtu())?;
            payload.extend_from_slice(&frame[PAYLOAD..]);
        }
    }
    same("the segments of a frame carry what it carried", &payload, &pattern(3, WHOLE_BYTES))
}

fn finished_segment(frame: &[u8], mtu: usize) -> Checked {
    const SHORT: &str = "a frame that is received is no longer than the card carries";
    const SUM: &str = "a segment that was cut has its checksum";
    require(SHORT, frame.len() <= HEADER + mtu, || format!("it had {} bytes", frame.len()))?;
    let mut sound = BytesMut::from(frame);
    sound[TCP + usize::from(FIELD)..][..2].copy_from_slice(&pseudo_sum(frame.len() - TCP));
    let packet = Packet {
        frame: sound.freeze(),
        checksum: Checksum::Partial { start: at(TCP), offset: FIELD },
        segmentation: None,
    };
    same(SUM, frame, &packet.into_frame())
}

/// Checks what comes out by [`Net::recv_packet`].
pub(super) async fn packets(from: &impl Net, to: &impl Net) -> Checked {
    const AS_SENT: &str = "a packet arrives as it was sent";
    let plain = numbered(from, to, 1, 100);
    send(from, plain.clone().into()).await?;
    same(AS_SENT, &recv(to, is_ours).await?.into_frame(), &plain)?;
    if from.offloads().checksum {
        let packet = open(from, to);
        send(from, packet.clone()).await?;
        same(AS_SENT, &recv(to, is_ours).await?.into_frame(), &packet.into_frame())?;
    }
    if from.offloads().frame_bytes_max > 0 {
        whole_packets(from, to).await?;
    }
    let frame = numbered(from, to, 2, 100);
    super::send(from, frame.clone()).await?;
    equal("a frame arrives as a packet", number(&recv(to, is_ours).await?.frame), 2)
}

async fn whole_packets(from: &impl Net, to: &impl Net) -> Checked {
    const LONG: &str = "a frame longer than the card cuts is refused with InvalidInput";
    send(from, whole(from, to)).await?;
    let mut payload = Vec::new();
    while payload.len() < WHOLE_BYTES {
        payload.extend_from_slice(&recv(to, is_segment).await?.frame[PAYLOAD..]);
    }
    same("a frame to be cut arrives whole or cut", &payload, &pattern(3, WHOLE_BYTES))?;
    let size = from.offloads().frame_bytes_max + 1 - PAYLOAD;
    let packet = segment(from, to, size);
    refused(LONG, from.send_packet(packet).await, ErrorKind::InvalidInput)
}

/// Receives the next packet that `is_meant` knows.
async fn recv(card: &impl Net, is_meant: impl Fn(&[u8]) -> bool) -> Result<Packet, Violation> {
    const PLAIN: &str = "a packet is finished, where the card leaves nothing open";
    const WHOLE: &str = "a packet is no longer than the card may return";
    loop {
        let packet = done("a recv of a sound card succeeds", card.recv_packet().await)?;
        if !is_meant(&packet.frame) {
            continue;
        }
        let offloads = card.offloads();
        let is_allowed = packet.checksum == Checksum::Complete || offloads.checksum;
        require(PLAIN, is_allowed, || format!("it was {:?}", packet.checksum))?;
        let size_max = offloads.frame_bytes_max.max(HEADER + card.mtu());
        let size = packet.frame.len();
        require(WHOLE, size <= size_max, || format!("it had {size} bytes, not {size_max}"))?;
        return Ok(packet);
    }
}

async fn send(card: &impl Net, packet: Packet) -> Checked {
    done("a packet within the limits is sent", card.send_packet(packet).await)
}

/// Returns a frame of no known protocol whose checksum is open, where those of TCP and UDP can be.
fn open(from: &impl Net, to: &impl Net) -> Packet {
    let checksum = Checksum::Partial { start: at(TCP), offset: 6 };
    Packet { frame: numbered(from, to, 1, 101), checksum, segmentation: None }
}

/// Returns a segment that is longer than a card without offloads would send.
fn whole(from: &impl Net, to: &impl Net) -> Packet {
    segment(from, to, WHOLE_BYTES)
}

/// Returns a segment of `size` bytes, to be cut.
fn segment(from: &impl Net, to: &impl Net, size: usize) -> Packet {
    let mut frame = BytesMut::zeroed(PAYLOAD);
    frame[..6].copy_from_slice(&to.mac().0);
    frame[6..12].copy_from_slice(&from.mac().0);
    frame[12..IP].copy_from_slice(&[0x08, 0x00]);
    frame[IP] = 0x45;
    frame[IP + 2..][..2].copy_from_slice(&at(PAYLOAD - IP + size).to_be_bytes());
    frame[IP + 8..][..2].copy_from_slice(&[64, 6]);
    let ip = checksum(&frame[IP..TCP]);
    frame[IP + 10..][..2].copy_from_slice(&ip);
    frame[TCP..][..4].copy_from_slice(&PORTS);
    // Its header has five words, and it is an ACK.
    frame[TCP + 12..][..2].copy_from_slice(&[5 << 4, 0x10]);
    frame[TCP + usize::from(FIELD)..][..2].copy_from_slice(&pseudo_sum(PAYLOAD - TCP + size));
    frame.extend_from_slice(&pattern(3, size));
    let checksum = Checksum::Partial { start: at(TCP), offset: FIELD };
    let (version, header_bytes) = (IpVersion::V4, at(PAYLOAD));
    let segmentation = Some(Segmentation { version, header_bytes, segment_bytes: SEGMENT_BYTES });
    Packet { frame: frame.freeze(), checksum, segmentation }
}

/// Returns the sum over the pseudo-header of a segment of `size` bytes between the hosts 0.0.0.0.
fn pseudo_sum(size: usize) -> [u8; 2] {
    at(size).saturating_add(6).to_be_bytes()
}

fn is_segment(frame: &[u8]) -> bool {
    frame.len() > PAYLOAD && frame[12..IP] == [0x08, 0x00] && frame[TCP..][..4] == PORTS
}

/// Returns a place in a frame, or a size; none of this suite has more bits.
fn at(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}
