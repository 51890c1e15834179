//! The private network: a tap for each card that nothing is attached to, and the host's end of it.
//!
//! Card number i of those gets the tap `tap`i, whose other end has the address 10.0.i.1/24. The
//! unikernel has 10.0.0.2 by default, with the gateway 10.0.0.1; where it is told another address,
//! the host's end is moved into that network.

use std::{ffi::OsString, io, net::Ipv4Addr};

use sarab_runtime::{Failure, Status};

use crate::{
    command::Order,
    door::Door,
    image,
    link::{Links, make_tap},
    namespace,
};

/// The address of a unikernel that is told no other.
const GUEST: Prefix = Prefix { address: Ipv4Addr::new(10, 0, 0, 2), bits: 24 };
/// Cards that there are addresses for.
const CARDS_MAX: usize = 255;

const ALL_ATTACHED: &str = "--publish: every network card is attached with `--net`, so the \
     unikernel has its own address; ask it there, or take `--net` away";
const NO_CARD: &str = "--publish: this unikernel has no network card; take `--publish` away";

/// A network that is decided on, with the published ports open; nothing else is made yet.
pub(crate) struct Network {
    cards: Vec<String>,
    guest: Guest,
    doors: Vec<Door>,
}

/// The network, made.
#[derive(Default)]
pub(crate) struct Attached {
    /// What the tender is told of each card: `NAME=tap:DEVICE`.
    pub(crate) cards: Vec<String>,
    /// The published ports.
    pub(crate) doors: Vec<Door>,
}

/// Decides on the network of `order`, and opens its published ports in the namespace of the host.
pub(crate) fn prepare(order: &Order) -> Result<Network, Failure> {
    let all = image::cards(&order.image)?;
    let has_cards = !all.is_empty();
    let cards: Vec<String> = all.into_iter().filter(|it| !order.attached.contains(it)).collect();
    let refused = |why| Err(Failure::new(why).with_status(Status::USAGE));
    if cards.len() > CARDS_MAX {
        return refused("more than 255 cards need a network; attach some with `--net`");
    }
    if cards.is_empty() && !order.publish.is_empty() {
        return refused(if has_cards { ALL_ATTACHED } else { NO_CARD });
    }
    let guest = Guest::told(&order.guest);
    let open = |publish: &_| Door::open(*publish, guest.own.address);
    let doors = order.publish.iter().map(open).collect::<Result<_, _>>()?;
    Ok(Network { cards, guest, doors })
}

impl Network {
    /// Returns whether the tender runs in a namespace of its own.
    pub(crate) fn is_private(&self) -> bool {
        !self.cards.is_empty()
    }

    /// Makes the network and moves this process there, if there is a card to attach.
    pub(crate) fn enter(self) -> Result<Attached, Failure> {
        if !self.is_private() {
            return Ok(Attached::default());
        }
        namespace::enter()?;
        // Some hosts let everybody enter a namespace, and nobody change anything there.
        let links = Links::new().map_err(|error| namespace::refuse(&error))?;
        links.set_up("lo").map_err(|error| namespace::refuse(&error))?;
        let mut cards = Vec::new();
        for (index, card) in (0..).zip(self.cards) {
            let tap = format!("tap{index}");
            attach(&links, &tap, self.guest.host(index)).map_err(|error| refuse(&card, &error))?;
            cards.push(format!("{card}=tap:{tap}"));
        }
        Ok(Attached { cards, doors: self.doors })
    }
}

fn attach(links: &Links, tap: &str, host: Prefix) -> io::Result<()> {
    make_tap(tap)?;
    namespace::tune(tap);
    links.set_address(tap, host.address, host.bits)?;
    links.set_up(tap)
}

fn refuse(card: &str, error: &io::Error) -> Failure {
    let way_out = match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => {
            "this host has no `/dev/net/tun`; load it with `modprobe tun`, in a container give it \
             with `--device /dev/net/tun`"
        }
        Some(libc::EACCES | libc::EPERM) => {
            "this user may not open `/dev/net/tun`; allow it with `chmod 666 /dev/net/tun`, or run \
             as root"
        }
        _ => "attach the card to a tap that root has made, with `--net NAME=tap:DEVICE`",
    };
    Failure::new(format!("cannot make a tap for the network card `{card}`: {error}; {way_out}"))
        .with_status(Status::UNAVAILABLE)
}

/// An address, and how many of its bits name the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Prefix {
    address: Ipv4Addr,
    bits: u8,
}

impl Prefix {
    fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let prefix = Self { address: address.parse().ok()?, bits: bits.parse().ok()? };
        (prefix.bits <= 32).then_some(prefix)
    }

    /// Returns the first address of the network that is not this one.
    fn other(self) -> Ipv4Addr {
        let own = self.address.to_bits();
        let network = own & u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
        let first = network + 1;
        Ipv4Addr::from_bits(if first == own { network + 2 } else { first })
    }
}

/// What the unikernel is told of its network.
struct Guest {
    own: Prefix,
    gateway: Option<Ipv4Addr>,
}

impl Guest {
    fn told(words: &[OsString]) -> Self {
        let own = value(words, "--ipv4").and_then(Prefix::parse).unwrap_or(GUEST);
        Self { own, gateway: value(words, "--ipv4-gateway").and_then(|it| it.parse().ok()) }
    }

    /// Returns the address of the host's end of the tap of the card `index`.
    fn host(&self, index: u8) -> Prefix {
        match index {
            0 => {
                let gateway = self.gateway.filter(|it| *it != self.own.address);
                Prefix { address: gateway.unwrap_or_else(|| self.own.other()), ..self.own }
            }
            _ => Prefix { address: Ipv4Addr::new(10, 0, index, 1), bits: 24 },
        }
    }
}

/// Returns the value of the boot key `option` in `words`, in either of its forms.
fn value<'a>(words: &'a [OsString], option: &str) -> Option<&'a str> {
    let texts: Vec<&str> = words.iter().map(|it| it.to_str().unwrap_or_default()).collect();
    let joined = |text: &&'a str| text.strip_prefix(option)?.strip_prefix('=');
    let apart = || texts.windows(2).find(|pair| pair[0] == option).map(|pair| pair[1]);
    texts.iter().find_map(joined).or_else(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &str) -> Guest {
        let words: Vec<OsString> = words.split_whitespace().map(Into::into).collect();
        Guest::told(&words)
    }

    #[test]
    fn the_hosts_end_is_the_guests_gateway() {
        for (words, guest, host) in [
            ("", "10.0.0.2/24", "10.0.0.1/24"),
            ("--ipv4 10.0.0.7/16", "10.0.0.7/16", "10.0.0.1/16"),
            ("--log debug --ipv4=10.0.0.1/24", "10.0.0.1/24", "10.0.0.2/24"),
            ("--ipv4 1.2.3.4/8 --ipv4-gateway 1.9.9.9", "1.2.3.4/8", "1.9.9.9/8"),
            ("--ipv4-gateway=10.0.0.9", "10.0.0.2/24", "10.0.0.9/24"),
            ("--ipv4 nonsense", "10.0.0.2/24", "10.0.0.1/24"),
            ("--ipv4", "10.0.0.2/24", "10.0.0.1/24"),
        ] {
            let it = told(words);
            assert_eq!(Some(it.own), Prefix::parse(guest), "{words}");
            assert_eq!(Some(it.host(0)), Prefix::parse(host), "{words}");
            assert_eq!(Some(it.host(3)), Prefix::parse("10.0.3.1/24"), "{words}");
        }
    }
}
