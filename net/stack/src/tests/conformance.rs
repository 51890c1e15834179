//! The suites that every implementation of the traits runs.

use core::net::IpAddr;

use sarab_device::check;

use super::{Conditions, ONE, TWO, connection, echo_once, ipv6, mac, pair, run, wire};
use sarab_device::Stack as _;

#[test]
fn the_promises_of_a_stack_are_kept_over_ipv4() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        check::stack(two, one, TWO.into()).await.unwrap();
    });
}

#[test]
fn the_promises_of_a_stack_are_kept_over_ipv6() {
    run(2, async {
        let (one, two) = pair(Conditions::default()).await;
        check::stack(two, one, ipv6(2).into()).await.unwrap();
    });
}

#[test]
fn the_promises_of_a_stack_are_kept_within_one_host() {
    run(3, async {
        let (one, _) = pair(Conditions::default()).await;
        check::stack(one.clone(), one, ONE.into()).await.unwrap();
    });
}

#[test]
fn the_promises_of_a_flow_are_kept() {
    for seed in 0..4 {
        run(seed, async {
            let (one, two) = pair(Conditions::default()).await;
            let (flow, accepted) = connection(&one, &two, TWO).await;
            check::flow(flow, accepted).await.unwrap();
        });
    }
}

#[test]
fn the_promises_of_a_net_are_kept_by_the_wire() {
    run(4, async {
        let (left, right) = wire(mac(1), mac(2), Conditions::default());
        check::net(&left, &right).await.unwrap();
    });
}

#[test]
fn every_address_of_a_host_can_be_connected_to() {
    run(5, async {
        let (one, two) = pair(Conditions::default()).await;
        let addresses = two.addresses();
        assert_eq!(addresses.len(), 3, "{addresses:?}");
        for address in addresses {
            echo_once(&one, &two, address).await;
        }
    });
}

#[test]
fn a_host_can_connect_to_itself() {
    run(6, async {
        let (one, _) = pair(Conditions::default()).await;
        for address in ["127.0.0.1", "::1", "10.0.0.1", "fd00::1"] {
            echo_once(&one, &one, address.parse::<IpAddr>().unwrap()).await;
        }
    });
}
