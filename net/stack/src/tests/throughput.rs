//! How fast bytes go from one stack to another in the same process, and how fast connections come
//! and go; prints, and asserts nothing.

use std::time::Instant;

use embassy_futures::join::join;
use sarab_device::{Flow as _, Listener as _, Read, Stack as _, Tcp as _, Write};

use super::{Conditions, TWO, connection, pair, receive_all, run};

const TOTAL_BYTES: usize = 512 << 20;

#[test]
#[ignore = "a measurement: run it alone, with --release and --nocapture"]
fn throughput_between_two_stacks() {
    run(0, async {
        let (one, two) = pair(Conditions::default()).await;
        let mut idle = std::vec::Vec::new();
        for count in [0, 100, 1000] {
            while idle.len() < count {
                idle.push(connection(&one, &two, TWO).await);
            }
            let (mut flow, mut accepted) = connection(&one, &two, TWO).await;
            let begin = Instant::now();
            let sending = async {
                let chunk = std::vec![7; 64 << 10];
                for _ in 0..TOTAL_BYTES / chunk.len() {
                    flow.write_all(&chunk).await.unwrap();
                }
            };
            let receiving = async {
                let mut buffer = std::vec![0; 64 << 10];
                let mut left = TOTAL_BYTES;
                while left > 0 {
                    left -= accepted.read(&mut buffer).await.unwrap();
                }
            };
            join(sending, receiving).await;
            let seconds = begin.elapsed().as_secs_f64();
            let mebibytes = f64::from(u32::try_from(TOTAL_BYTES >> 20).unwrap());
            std::println!("{count} idle connections: {:.0} MiB/s", mebibytes / seconds);
        }
    });
}

#[test]
#[ignore = "a measurement: run it alone, with --release and --nocapture"]
fn connections_between_two_stacks() {
    const COUNT: u32 = 20_000;
    run(0, async {
        let (one, two) = pair(Conditions::default()).await;
        let listener = two.tcp().listen(80).await.unwrap();
        let tcp = one.tcp();
        let begin = Instant::now();
        for _ in 0..COUNT {
            let (flow, accepted) = join(tcp.connect((TWO, 80).into()), listener.accept()).await;
            let (mut flow, mut accepted) = (flow.unwrap(), accepted.unwrap());
            flow.finish().await.unwrap();
            receive_all(&mut accepted).await;
            accepted.finish().await.unwrap();
        }
        let micros = begin.elapsed().as_secs_f64() * 1e6 / f64::from(COUNT);
        std::println!("opening and closing a connection: {micros:.1} us of both stacks");
    });
}
