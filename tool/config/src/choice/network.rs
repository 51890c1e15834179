//! Networks: the host's sockets, or a TCP/IP stack of the program's own.

use sarab_compose::{Group, Impl, Key, choices, device, key, match_, unavailable};
use sarab_device::describe::{Net, Stack, Tcp, Udp};
use sarab_unix::describe::{socket_stack, tap};

use crate::{
    Target, target,
    target::{Guests, by_machine, on_target},
};

choices! {
    /// What TCP and UDP run on.
    pub enum Network {
        /// The sockets of the host.
        Socket = "socket",
        /// A stack of the program's own, on a network card.
        Direct = "direct",
    }
}

/// The name of the stack whose keys are in no group.
const SERVICE: &str = "service";

/// Declares the key `net`: `--net socket|direct`. Where it is not given, the target answers:
/// sockets for a process, a stack of its own for a guest.
#[track_caller]
#[must_use]
pub fn network() -> Key<Network> {
    let given = key::<Network>("net")
        .doc("What TCP and UDP run on: the sockets of the host, or the program's own stack on a network card. Without it, sockets where the target has them.")
        .value_name("NETWORK")
        .configure()
        .optional();
    let or_usual = |(given, target): (Option<Network>, Target)| given.unwrap_or(usual(target));
    given.zip(&target()).map(or_usual).called("net")
}

fn usual(target: Target) -> Network {
    match target {
        Target::Unix => Network::Socket,
        Target::Spt | Target::Hvt | Target::Virtio | Target::Xen => Network::Direct,
    }
}

/// The network card `name`, attached by `--net NAME=tap:DEVICE`.
#[track_caller]
#[must_use]
pub fn net(name: &str) -> Impl<Net> {
    card(name).named(name)
}

#[track_caller]
fn card(name: &str) -> Impl<Net> {
    let tender = sarab_tender::describe::card(name);
    let virtio = sarab_virtio_machine::describe::card(name);
    let xen = sarab_xen_machine::describe::card(name);
    by_machine(tap(name), Guests { tender, virtio, xen })
}

/// The TCP/IP stack `name`: the host's sockets, or with `--net direct`, and always on a guest, one
/// on the network card `name`.
///
/// That one has the keys `ipv4`, `ipv4-gateway`, `ipv6` and `ipv6-gateway`. Those of the stack
/// `service` are called just so; those of any other are in a group of its name: `--inside-ipv4`,
/// beside `--inside-net`.
#[track_caller]
#[must_use]
pub fn stack(name: &str) -> Impl<Stack> {
    let _group = (name != SERVICE).then(|| Group::enter(name));
    chosen(name)
}

#[track_caller]
fn chosen(name: &str) -> Impl<Stack> {
    let direct = sarab_stack::describe::stack(&card(name));
    match_(&network(), [(Network::Socket, sockets()), (Network::Direct, direct)])
        .exhaustive()
        .named(name)
}

#[track_caller]
fn sockets() -> Impl<Stack> {
    let guest = "a guest has no sockets of the host: leave `--net socket` away, it has a stack of its \
                 own";
    on_target(socket_stack(), unavailable(guest))
}

/// TCP of `stack`.
#[track_caller]
#[must_use]
pub fn tcp(stack: &Impl<Stack>) -> Impl<Tcp> {
    device::<fn(Stack) -> Tcp>("sarab_device::Stack::tcp").method().label("TCP").of(stack.clone())
}

/// UDP of `stack`.
#[track_caller]
#[must_use]
pub fn udp(stack: &Impl<Stack>) -> Impl<Udp> {
    device::<fn(Stack) -> Udp>("sarab_device::Stack::udp").method().label("UDP").of(stack.clone())
}
