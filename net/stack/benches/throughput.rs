//! How fast bytes go from one stack to another in the same process, and how fast connections come
//! and go: `cargo bench -p sarab-stack`.
#![forbid(unsafe_code)]

use std::{convert::Infallible, net::Ipv4Addr, rc::Rc, time::Instant};

use embassy_futures::join::join;
use embassy_sync::{blocking_mutex::raw::NoopRawMutex, channel::Channel};
use sarab_device::{
    Bytes, Flow as _, Listener as _, Mac, Net, Offloads, Packet, Read, Stack as _, Tcp as _, Write,
};
use sarab_key::Prefix;
use sarab_runtime::block_on_virtual;
use sarab_stack::{Config, Flow, Stack};

/// Bytes of one measurement.
const TOTAL_BYTES: usize = 512 << 20;
/// Connections of one measurement.
const CONNECTION_COUNT: u32 = 20_000;

fn main() {
    block_on_virtual(async {
        let (one, two) = pair(Offloads::NONE).await;
        let mut idle = Vec::new();
        for count in [0, 100, 1000] {
            while idle.len() < count {
                idle.push(connect(&one, &two).await);
            }
            let (flow, accepted) = connect(&one, &two).await;
            println!("{count:>4} idle connections: {:>6.0} MiB/s", bytes(flow, accepted).await);
        }
        println!("a connection, both stacks: {:.1} us", connections(&one, &two).await);
        let (one, two) = pair(Offloads { checksum: true, frame_bytes_max: 65549 }).await;
        let (flow, accepted) = connect(&one, &two).await;
        println!("with cards that cut: {:>6.0} MiB/s", bytes(flow, accepted).await);
    });
}

/// Sends many bytes and returns the MiB that arrive in a second.
async fn bytes(mut flow: Flow, mut accepted: Flow) -> f64 {
    let begin = Instant::now();
    let sending = async {
        let chunk = vec![7; 64 << 10];
        for _ in 0..TOTAL_BYTES / chunk.len() {
            flow.write_all(&chunk).await.expect("the connection stands");
        }
    };
    let receiving = async {
        let mut buffer = vec![0; 64 << 10];
        let mut left = TOTAL_BYTES;
        while left > 0 {
            left -= accepted.read(&mut buffer).await.expect("the connection stands");
        }
    };
    join(sending, receiving).await;
    f64::from(u32::try_from(TOTAL_BYTES >> 20).unwrap_or(u32::MAX)) / begin.elapsed().as_secs_f64()
}

/// Opens and closes connections and returns the microseconds that each takes.
async fn connections(one: &Stack, two: &Stack) -> f64 {
    let begin = Instant::now();
    for _ in 0..CONNECTION_COUNT {
        let (mut flow, mut accepted) = connect(one, two).await;
        join(end(&mut flow), end(&mut accepted)).await;
    }
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(CONNECTION_COUNT)
}

async fn end(flow: &mut Flow) {
    flow.finish().await.expect("the connection stands");
    while flow.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
}

async fn connect(one: &Stack, two: &Stack) -> (Flow, Flow) {
    let listener = two.tcp().listen(0).await.expect("a port is free");
    let remote = (Ipv4Addr::new(10, 0, 0, 2), listener.port()).into();
    let tcp = one.tcp();
    let (flow, accepted) = join(tcp.connect(remote), listener.accept()).await;
    (flow.expect("somebody listens"), accepted.expect("somebody connects"))
}

async fn pair(offloads: Offloads) -> (Stack, Stack) {
    let (there, back) = (Queue::new(Channel::new()), Queue::new(Channel::new()));
    let left = Card { last: 1, offloads, inbox: Rc::clone(&back), outbox: Rc::clone(&there) };
    let right = Card { last: 2, offloads, inbox: there, outbox: back };
    (start(left).await, start(right).await)
}

async fn start(card: Card) -> Stack {
    let ipv4 = Prefix::new(Ipv4Addr::new(10, 0, 0, card.last), 24);
    Stack::start(card, Config { ipv4, ..Config::default() }).await.expect("the addresses are good")
}

type Queue = Rc<Channel<NoopRawMutex, Packet, 1024>>;

/// One end of a wire without loss.
struct Card {
    last: u8,
    offloads: Offloads,
    inbox: Queue,
    outbox: Queue,
}

impl Net for Card {
    type Error = Infallible;

    fn mac(&self) -> Mac {
        Mac([2, 0, 0, 0, 0, self.last])
    }

    fn mtu(&self) -> usize {
        1500
    }

    async fn send(&self, frame: Bytes) -> Result<(), Infallible> {
        self.send_packet(frame.into()).await
    }

    async fn recv(&self) -> Result<Bytes, Infallible> {
        self.recv_packet().await.map(Packet::into_frame)
    }

    fn offloads(&self) -> Offloads {
        self.offloads
    }

    async fn send_packet(&self, packet: Packet) -> Result<(), Infallible> {
        self.outbox.send(packet).await;
        Ok(())
    }

    async fn recv_packet(&self) -> Result<Packet, Infallible> {
        Ok(self.inbox.receive().await)
    }
}
