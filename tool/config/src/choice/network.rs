//! Networks: the host's sockets, or a TCP/IP stack of the program's own.

use sarab_compose::{Group, Impl, Key, choices, device, key, match_};
use sarab_device::describe::{Net, Stack, Tcp, Udp};
use sarab_unix::describe::{socket_stack, tap};

use crate::{Target, target};

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

/// Declares the key `net`: `--net socket|direct`.
#[track_caller]
#[must_use]
pub fn network() -> Key<Network> {
    key::<Network>("net")
        .doc("What TCP and UDP run on: the sockets of the host, or the program's own stack on a network card.")
        .value_name("NETWORK")
        .configure()
        .default(Network::Socket)
}

/// The network card `name`: a tap of the host, attached by `--net NAME=tap:DEVICE`.
#[track_caller]
#[must_use]
pub fn net(name: &str) -> Impl<Net> {
    card(name).named(name)
}

#[track_caller]
fn card(name: &str) -> Impl<Net> {
    match_(&target(), [(Target::Unix, tap(name))]).exhaustive()
}

/// The TCP/IP stack `name`: the host's sockets, or with `--net direct` one on the network card
/// `name`.
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
    let sockets = match_(&target(), [(Target::Unix, socket_stack())]).exhaustive();
    let direct = sarab_stack::describe::stack(&card(name));
    match_(&network(), [(Network::Socket, sockets), (Network::Direct, direct)])
        .exhaustive()
        .named(name)
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
