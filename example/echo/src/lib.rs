//! Sends back what it is sent, over TCP (RFC 862) and UDP.
#![no_std]
#![forbid(unsafe_code)]

use sarab::{future::join, prelude::*};

/// Echoes connections and datagrams.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    udp: impl Udp,
    /// Port of both TCP and UDP.
    #[key(default = 7007)]
    port: u16,
) -> Result<(), Failure> {
    let (connections, datagrams) = join(connections(&tcp, port), datagrams(&udp, port)).await;
    connections.and(datagrams)
}

async fn connections(tcp: &impl Tcp, port: u16) -> Result<(), Failure> {
    let listener = tcp.listen(port).await?;
    println!("listening on port {}", listener.port());
    loop {
        let mut flow = listener.accept().await?;
        spawn(async move {
            if let Err(error) = echo(&mut flow).await {
                sarab::log::info!("{}: {error:?}", flow.peer());
            }
        });
    }
}

/// Sends back all that the peer says, and ends when the peer has ended.
async fn echo<F: Flow>(flow: &mut F) -> Result<(), F::Error> {
    let mut buffer = [0; 4096];
    loop {
        match flow.read(&mut buffer).await? {
            0 => return flow.finish().await,
            count => flow.write_all(&buffer[..count]).await?,
        }
    }
}

async fn datagrams(udp: &impl Udp, port: u16) -> Result<(), Failure> {
    let port = udp.bind(port).await?;
    loop {
        let (data, sender) = port.recv_from().await?;
        port.send_to(data, sender).await?;
    }
}
