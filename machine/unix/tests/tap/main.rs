//! Frames through real tap devices, in a network namespace of the test's own.

mod namespace;

use std::{net::UdpSocket, rc::Rc, time::Duration};

use namespace::{in_a_namespace, ip};
use sarab_device::{Bytes, Error, ErrorKind, Mac, Net, check};
use sarab_runtime::{App, Failure, Status, run, timeout};
use sarab_unix::{Process, TapNet};

static APP: App = App { name: "test", version: "0.0.0", target: "unix", crates: &[], keys: &[] };

fn on_a_machine<E: std::fmt::Display>(test: impl AsyncFnOnce() -> Result<(), E>) {
    let process = Process::new(Some(&[])).expect("an event loop");
    let status = run(Rc::new(process), &APP, [], async |_boot| {
        let limited = timeout(Duration::from_secs(30), test()).await;
        limited.map_err(Failure::new)?.map_err(Failure::new)
    });
    assert_eq!(status, Status::SUCCESS, "see the error above");
}

#[test]
fn two_taps_on_a_bridge_keep_the_promises_of_cards() {
    in_a_namespace("two_taps_on_a_bridge_keep_the_promises_of_cards", || {
        ip("link add bridge type bridge");
        for tap in ["tap0", "tap1"] {
            ip(&format!("tuntap add {tap} mode tap"));
            ip(&format!("link set {tap} master bridge up"));
        }
        ip("link set bridge up");
        on_a_machine(async || {
            let one = TapNet::open_device("a", "tap0").expect("a tap");
            let other = TapNet::open_device("b", "tap1").expect("a tap");
            assert_ne!(one.mac(), other.mac());
            warm_up(&one, &other).await;
            check::net(&one, &other).await
        });
    });
}

/// Sends until a frame gets through: a port of a bridge forwards only a while after it is up.
async fn warm_up(one: &TapNet, other: &TapNet) {
    let mut frame = [0xff; 60];
    frame[6..12].copy_from_slice(&one.mac().0);
    frame[12..14].copy_from_slice(&[0x88, 0xb5]);
    let pause = Duration::from_millis(5);
    for _ in 0..1000 {
        one.send(Bytes::copy_from_slice(&frame)).await.expect("it is sent");
        if let Ok(Ok(frame)) = timeout(pause, other.recv()).await
            && frame[6..12] == one.mac().0
        {
            while timeout(pause, other.recv()).await.is_ok() {}
            return;
        }
    }
    panic!("the bridge forwards nothing");
}

#[test]
fn a_burst_of_the_host_arrives_whole_and_in_order() {
    in_a_namespace("a_burst_of_the_host_arrives_whole_and_in_order", || {
        ip("tuntap add tap0 mode tap");
        ip("address add 10.0.0.1/24 dev tap0");
        ip("link set tap0 up");
        on_a_machine(async || {
            let card = TapNet::open_device("service", "tap0").expect("a tap");
            assert_eq!(card.mtu(), 1500);
            ip(&format!("neighbour add 10.0.0.2 lladdr {} dev tap0", card.mac()));
            let host = UdpSocket::bind("10.0.0.1:9000").expect("a port");
            let burst = |of: std::ops::Range<u8>| {
                for number in of {
                    host.send_to(&[number; 100], "10.0.0.2:9000").expect("it is sent");
                }
            };
            // The host drops what it sends until it has noticed that somebody is there.
            let pause = Duration::from_millis(5);
            while timeout(pause, datagram(&card)).await.is_err() {
                burst(0..1);
            }
            while timeout(pause, datagram(&card)).await.is_ok() {}
            burst(0..200);
            for number in 0..200 {
                assert_eq!(datagram(&card).await?, vec![number; 100]);
            }
            Ok::<_, sarab_unix::NetError>(())
        });
    });
}

/// Waits for the next frame of IPv4 to `card` and returns what its datagram carries.
async fn datagram(card: &TapNet) -> Result<Bytes, sarab_unix::NetError> {
    loop {
        let frame = card.recv().await?;
        if frame[..6] == card.mac().0 && frame[12..14] == [0x08, 0x00] {
            return Ok(frame.slice(42..));
        }
    }
}

#[test]
fn the_guest_has_a_lasting_address_that_is_not_the_hosts() {
    in_a_namespace("the_guest_has_a_lasting_address_that_is_not_the_hosts", || {
        ip("tuntap add tap0 mode tap");
        let host = ip("-brief link show dev tap0");
        on_a_machine(async || {
            let macs: [Mac; 2] = std::array::from_fn(|_| {
                TapNet::open_device("service", "tap0").expect("a tap").mac()
            });
            assert_eq!(macs[0], macs[1]);
            assert!(host.contains("tap0") && !host.contains(&macs[0].to_string()), "{host}");
            Ok::<_, Failure>(())
        });
    });
}

#[test]
fn frames_to_a_tap_that_is_down_are_lost_without_an_error() {
    in_a_namespace("frames_to_a_tap_that_is_down_are_lost_without_an_error", || {
        ip("tuntap add tap0 mode tap");
        on_a_machine(async || {
            let card = TapNet::open_device("service", "tap0").expect("a tap");
            card.send(Bytes::from_static(&[0; 60])).await
        });
    });
}

#[test]
fn a_tap_has_one_user() {
    in_a_namespace("a_tap_has_one_user", || {
        ip("tuntap add tap0 mode tap");
        on_a_machine(async || {
            let _card = TapNet::open_device("service", "tap0").expect("a tap");
            let error = TapNet::open_device("service", "tap0").err().expect("it is taken");
            assert_eq!(error.kind(), ErrorKind::InUse);
            let words = "tap0: in use by another process; stop that one, or make another tap";
            assert_eq!(error.to_string(), words);
            Ok::<_, Failure>(())
        });
    });
}

#[test]
fn a_tap_that_is_removed_is_gone() {
    in_a_namespace("a_tap_that_is_removed_is_gone", || {
        ip("tuntap add tap0 mode tap");
        ip("link set tap0 up");
        on_a_machine(async || {
            let card = TapNet::open_device("service", "tap0").expect("a tap");
            ip("link delete tap0");
            loop {
                if let Err(error) = card.recv().await {
                    assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}");
                    return Ok::<_, Failure>(());
                }
            }
        });
    });
}

#[test]
fn what_cannot_be_a_tap_is_refused_with_the_way_out() {
    for (device, words) in [
        (
            "",
            "\"\": not the name of a network device; it has 1 to 15 bytes, without `/` and spaces",
        ),
        (
            "a name that is long",
            "\"a name that is long\": not the name of a network device; it has 1 to 15 bytes, \
             without `/` and spaces",
        ),
    ] {
        let error = TapNet::open_device("service", device).err().expect("it is refused");
        assert_eq!(error.to_string(), words);
    }
    in_a_namespace("what_cannot_be_a_tap_is_refused_with_the_way_out", || {
        let error = TapNet::open_device("service", "lo").err().expect("no tap");
        assert_eq!(
            error.to_string(),
            "lo: not a tap device of one queue; choose another name, or make it with `ip tuntap \
             add lo mode tap`"
        );
    });
}
