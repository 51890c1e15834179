//! The words of `config.rs` for the own stack.

use core::net::{Ipv4Addr, Ipv6Addr};

use sarab_compose::{Impl, crate_here, device, key};
use sarab_device::describe::{Net, Stack};
use sarab_key::{Ipv4Prefix, Ipv6Prefix};

/// The constructor: [`Stack::open`](crate::Stack::open).
type Open = fn(Net, Ipv4Prefix, Option<Ipv4Addr>, Option<Ipv6Prefix>, Option<Ipv6Addr>) -> Stack;

/// A TCP/IP stack of the program's own on the card `net`.
///
/// It declares the keys `ipv4`, `ipv4-gateway`, `ipv6` and `ipv6-gateway`, given when configuring
/// or booting. Two stacks of one program are each described in a
/// [`group`](sarab_compose::group), which puts its name before those of the keys.
#[track_caller]
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "an IPv4 address has 24 bits, and more")]
pub fn stack(net: &Impl<Net>) -> Impl<Stack> {
    let ipv4 = key::<Ipv4Prefix>("ipv4")
        .doc("IPv4 address, and the length of its network.")
        .default(Ipv4Prefix::new(Ipv4Addr::new(10, 0, 0, 2), 24).expect("24 of 32 bits"));
    let ipv4_gateway = key::<Ipv4Addr>("ipv4-gateway")
        .doc(
            "Where IPv4 packets go that leave the network: without it the first address of the \
             network, with 0.0.0.0 nowhere.",
        )
        .optional();
    let ipv6 =
        key::<Ipv6Prefix>("ipv6").doc("IPv6 address, and the length of its network.").optional();
    let ipv6_gateway = key::<Ipv6Addr>("ipv6-gateway")
        .doc("Where IPv6 packets go that leave the network.")
        .optional();
    device::<Open>("sarab_stack::Stack::open").label("TCP/IP stack").needs(crate_here!()).of((
        net.clone(),
        ipv4,
        ipv4_gateway,
        ipv6,
        ipv6_gateway,
    ))
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use sarab_compose::{Inputs, Unikernel, group, job, protocol::Mode};

    use super::*;

    fn card(name: &str) -> Impl<Net> {
        device::<fn() -> Net>("test::Card::open").named(name).of(())
    }

    #[test]
    fn each_stack_has_keys_of_its_own() {
        let outside = stack(&card("outside"));
        let inside = group("in", || stack(&card("inside")));
        let job = job::<fn(Stack, Stack)>("route").of((outside, inside));
        let given = [("in-ipv4".to_string(), Some("192.168.0.1/16".to_string()))];
        let inputs = Inputs { mode: Mode::Evaluate, given: &given, environment: &|_| None };
        let plan = Unikernel::new("router", [job]).evaluate(&inputs).expect("a sound graph");

        let mut names: Vec<_> = plan.keys.iter().map(|key| key.name.as_str()).collect();
        names.sort_unstable();
        let own = ["ipv4", "ipv4-gateway", "ipv6", "ipv6-gateway"];
        let inner = ["in-ipv4", "in-ipv4-gateway", "in-ipv6", "in-ipv6-gateway"];
        assert_eq!(names, [inner, own].concat());

        let opened = "sarab_stack::Stack::open";
        let stacks = plan.devices.iter().filter(|device| device.constructor.path() == opened);
        assert_eq!(stacks.count(), 2);
    }
}
