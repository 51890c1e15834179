//! A port of the host that leads to a unikernel, which nobody has made a network for.
#![forbid(unsafe_code)]

use std::{
    net::{Ipv4Addr, TcpListener, UdpSocket},
    thread,
};

use sarab_acceptance::{
    http::curl,
    namespace::alone,
    process::{Process, succeed},
    sarab::sarab,
    target::{on_each_image, on_xen},
};

const PROJECT: &str = "example/site";
const PAGE: &str = include_str!("../../../example/site/htdocs/index.html");

/// Clients that come at the same time.
const CLIENTS: usize = 8;

#[test]
fn a_guest_answers_through_a_port_of_the_host_until_it_is_ended() {
    const TEST: &str = "a_guest_answers_through_a_port_of_the_host_until_it_is_ended";
    let prepare = || ["spt", "hvt", "virtio"].into_iter().for_each(build);
    alone(TEST, prepare, || on_each_image(TEST, answers_until_it_is_ended));
}

#[test]
fn a_guest_of_xen_says_hello_and_answers_through_a_port_of_the_host() {
    const TEST: &str = "a_guest_of_xen_says_hello_and_answers_through_a_port_of_the_host";
    let prepare = || {
        build("xen");
        // What a Xen is made of is fetched here, where there is a network.
        on_xen(TEST, |target| {
            let hello = ["run", "example/hello-key", "-t", target, "--", "--times", "2"];
            assert_eq!(succeed(sarab().args(hello)), "Hello, world\nHello, world\n");
        });
    };
    alone(TEST, prepare, || on_xen(TEST, answers_until_it_is_ended));
}

fn build(target: &str) {
    succeed(sarab().args(["build", PROJECT, "-t", target]));
}

fn answers_until_it_is_ended(target: &str) {
    let port = free_port();
    let publish = format!("127.0.0.1:{port}:8080");
    let run = ["run", PROJECT, "-t", target, "-p", &publish];
    let mut site = Process::start(sarab().args(run));
    site.wait_for("listening on port 8080");
    (0..3).for_each(|_| answers(port));
    thread::scope(|scope| {
        (0..CLIENTS).for_each(|_| drop(scope.spawn(|| answers(port))));
    });
    site.signal("INT");
    let (status, said) = site.end();
    assert_eq!(status, Some(0), "{target}: {said:#?}");
    assert!(is_free(port), "{target} has left the port open");
}

/// Asks for the page at `port` of the host.
fn answers(port: u16) {
    let page = curl(&[], &format!("http://127.0.0.1:{port}/"));
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.ends_with(PAGE), "{page}");
}

/// Returns a port that nobody listens on, for TCP and for UDP.
fn free_port() -> u16 {
    let any = || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        listener.local_addr().expect("it has an address").port()
    };
    (0..100).map(|_| any()).find(|port| is_free(*port)).expect("one is free for UDP, too")
}

fn is_free(port: u16) -> bool {
    let address = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(address).is_ok() && UdpSocket::bind(address).is_ok()
}
