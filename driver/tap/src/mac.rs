//! The address of this end of the cable.

use sarab_device::Mac;

/// Returns the address of the guest's end of the tap called `name`, whose other end, the host's,
/// has the address `host`.
///
/// The two must differ, or the host takes its own frames for the guest's. The address is a hash
/// (FNV-1a) of both, so a lasting tap gives its guest the same address at every start, and what its
/// neighbours remember stays true; and as the kernel draws `host` at random, two hosts whose taps
/// share a name can be bridged. It is marked as locally administered and as of one station
/// (IEEE 802-2014, clause 8.2.2).
pub(crate) fn guest(name: &str, host: Mac) -> Mac {
    let bytes = name.bytes().chain(host.0);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let [first, b, c, d, e, last, ..] = hash.to_le_bytes();
    let mac = Mac([first & 0b1111_1100 | 0b0000_0010, b, c, d, e, last]);
    if mac == host { Mac([mac.0[0], b, c, d, e, !last]) } else { mac }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_stable_and_is_not_the_hosts() {
        let host = Mac([0x02, 1, 2, 3, 4, 5]);
        assert_eq!(guest("tap0", host), guest("tap0", host));
        assert_ne!(guest("tap0", host), guest("tap1", host));
        assert_ne!(guest("tap0", host), guest("tap0", Mac([0x02, 1, 2, 3, 4, 6])));
        assert_ne!(guest("tap0", host), host);
    }

    #[test]
    fn it_is_local_and_of_one_station() {
        for last in 0..=255 {
            let Mac([first, ..]) = guest("tap0", Mac([0x02, 0, 0, 0, 0, last]));
            assert_eq!(first & 0b11, 0b10);
        }
    }
}
