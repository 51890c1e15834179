//! Many bytes over bad wires.

use core::time::Duration;

use embassy_futures::join::{join, join4};
use sarab_device::Flow as _;

use super::{Conditions, TWO, connection, ipv6, pair, pattern, receive_all, run, send};
use crate::{Flow, Stack};

async fn send_all(flow: &mut Flow, data: &[u8]) {
    send(flow, data).await;
    flow.finish().await.unwrap();
}

/// Sends `data` one way and then the other.
async fn transfer(one: &Stack, two: &Stack, address: core::net::IpAddr, data: &[u8]) {
    let (mut flow, mut accepted) = connection(one, two, address).await;
    let ((), received) = join(send_all(&mut flow, data), receive_all(&mut accepted)).await;
    assert!(received == data);
    let ((), received) = join(send_all(&mut accepted, data), receive_all(&mut flow)).await;
    assert!(received == data);
}

#[test]
fn a_mebibyte_survives_loss_and_reordering() {
    for seed in 1..4 {
        run(seed, async {
            let conditions = Conditions {
                delay: Duration::from_millis(2),
                jitter: Duration::from_millis(1),
                loss_percent: 5,
            };
            let (one, two) = pair(conditions).await;
            transfer(&one, &two, TWO.into(), &pattern(1 << 20)).await;
        });
    }
}

#[test]
fn a_mebibyte_arrives_over_ipv6() {
    run(1, async {
        let conditions = Conditions { delay: Duration::from_millis(2), ..Conditions::default() };
        let (one, two) = pair(conditions).await;
        transfer(&one, &two, ipv6(2).into(), &pattern(1 << 20)).await;
    });
}

#[test]
fn flows_carry_both_directions_at_once() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let data = pattern(300_000);
        let (mut first, mut second) = connection(&one, &two, TWO).await;
        let (mut third, mut fourth) = connection(&two, &one, super::ONE).await;
        let ((), a, (), b) = join4(
            send_all(&mut first, &data),
            receive_all(&mut second),
            send_all(&mut third, &data),
            receive_all(&mut fourth),
        )
        .await;
        assert!(a == data && b == data);
    });
}

#[test]
fn a_reader_that_pauses_stops_the_writer_and_no_more() {
    run(1, async {
        let (one, two) = pair(Conditions::default()).await;
        let data = pattern(500_000);
        let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
        let receiving = async {
            sarab_runtime::sleep(Duration::from_mins(30)).await;
            receive_all(&mut accepted).await
        };
        let ((), received) = join(send_all(&mut flow, &data), receiving).await;
        assert!(received == data);
    });
}
