//! A server that stands for a unikernel, in the namespace that the program has made.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    thread,
};

/// A tender that serves at 10.0.0.2.
///
/// The address is one of the loopback device, so that no card is needed to reach it.
pub(crate) const TENDER: &str = r#"
    ulimit -n $(ulimit -H -n)
    ip address add 10.0.0.2/32 dev lo && echo "$@" || exit 1
    SARAB_TEST_SERVES=yes exec "$TEST" --exact server::serves --nocapture >/dev/null
"#;

/// A tender that serves a debugger, at the port that it is told, and no card.
pub(crate) const DEBUGGED: &str = r#"
    [ "$1" = --debug ] || exit 1
    SARAB_TEST_DEBUGS="127.0.0.1:$2" exec "$TEST" --exact server::serves --nocapture >/dev/null
"#;

/// Not a test, but what the tender runs.
#[test]
fn serves() {
    if let Ok(address) = std::env::var("SARAB_TEST_DEBUGS") {
        let debugged = TcpListener::bind(address).expect("the address is there");
        return debugged.incoming().flatten().for_each(echo);
    }
    if std::env::var_os("SARAB_TEST_SERVES").is_none() {
        return;
    }
    let udp = UdpSocket::bind("10.0.0.2:8080").expect("the address is there");
    thread::spawn(move || answer(&udp));
    let resetting = TcpListener::bind("10.0.0.2:8081").expect("the address is there");
    thread::spawn(move || resetting.incoming().flatten().for_each(|client| reset(&client)));
    let echoing = TcpListener::bind("10.0.0.2:8080").expect("the address is there");
    for client in echoing.incoming().flatten() {
        let small = thread::Builder::new().stack_size(64 * 1024);
        small.spawn(move || echo(client)).expect("a thread");
    }
}

/// Gives everything back, and says when there is no more.
fn echo(mut client: TcpStream) {
    let mut piece = [0; 16 * 1024];
    while let Ok(size @ 1..) = client.read(&mut piece) {
        if client.write_all(&piece[..size]).is_err() {
            return;
        }
    }
    let _ = client.write_all(b"the end");
}

/// Closes a connection with something unread in it, which resets it.
fn reset(client: &TcpStream) {
    let _ = client.peek(&mut [0]);
}

/// Answers each datagram with the port that it came from and its text.
fn answer(socket: &UdpSocket) {
    let mut piece = vec![0; 65_535];
    while let Ok((size, from)) = socket.recv_from(&mut piece) {
        let answer = [&from.port().to_le_bytes(), &piece[..size]].concat();
        let _ = socket.send_to(&answer, from);
    }
}
