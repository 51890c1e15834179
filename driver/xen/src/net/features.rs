//! What back end and front end of a card say of themselves.

use alloc::format;

use sarab_device::{IpVersion, Mac};

use crate::{bus::Front, channel::Channel, store::StoreError};

/// What a back end can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Features {
    /// Whether a frame may lie in several pages.
    pub(super) gathers: bool,
    /// Whether it fills in the checksums of TCP and UDP over IPv4, over IPv6.
    checksum: [bool; 2],
    /// Whether it cuts segments of TCP over IPv4, over IPv6.
    cuts: [bool; 2],
}

impl Features {
    /// Reads what a back end offers. Checksums over IPv4 are its duty, unless it says so.
    pub(super) fn read(front: &Front) -> Self {
        Self {
            gathers: front.is_offered("feature-sg"),
            checksum: [
                !front.is_offered("feature-no-csum-offload"),
                front.is_offered("feature-ipv6-csum-offload"),
            ],
            cuts: [front.is_offered("feature-gso-tcpv4"), front.is_offered("feature-gso-tcpv6")],
        }
    }

    /// Tells whether it takes frames longer than the wire carries.
    pub(super) fn takes_long(self) -> bool {
        self.can_cut(IpVersion::V4)
    }

    pub(super) fn can_sum(self, version: IpVersion) -> bool {
        self.checksum[index(version)]
    }

    pub(super) fn can_cut(self, version: IpVersion) -> bool {
        self.gathers && self.cuts[index(version)] && self.can_sum(version)
    }
}

fn index(version: IpVersion) -> usize {
    match version {
        IpVersion::V4 => 0,
        IpVersion::V6 => 1,
    }
}

/// Says where the rings are and what the front end can do.
pub(super) fn write(
    front: &Front,
    [transmit, receive]: [u32; 2],
    channel: Channel,
    is_long: bool,
) -> Result<(), StoreError> {
    front.write("tx-ring-ref", &format!("{transmit}"))?;
    front.write("rx-ring-ref", &format!("{receive}"))?;
    front.write("event-channel", &format!("{}", channel.number()))?;
    let long = if is_long { "1" } else { "0" };
    for (key, value) in [
        ("request-rx-copy", "1"),
        ("feature-rx-notify", "1"),
        ("feature-sg", "1"),
        ("feature-ipv6-csum-offload", "1"),
        ("feature-gso-tcpv4", long),
        ("feature-gso-tcpv6", long),
    ] {
        front.write(key, value)?;
    }
    Ok(())
}

/// Reads an address, `00:16:3e:00:00:01`, which must not be that of a group.
pub(super) fn mac(text: &str) -> Option<Mac> {
    let mut mac = [0; 6];
    let mut parts = text.trim().split(':');
    for byte in &mut mac {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    (parts.next().is_none() && mac[0] & 1 == 0).then_some(Mac(mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_six_bytes_and_of_no_group() {
        assert_eq!(mac("00:16:3e:00:0a:ff\n"), Some(Mac([0, 0x16, 0x3e, 0, 10, 255])));
        for wrong in ["", "00:16:3e:00:00", "00:16:3e:00:00:01:02", "0g:0:0:0:0:0", "100:0:0:0:0:0"]
        {
            assert_eq!(mac(wrong), None, "{wrong}");
        }
        assert_eq!(mac("01:00:5e:00:00:01"), None);
    }
}
