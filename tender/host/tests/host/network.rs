//! Cards, ports, and what comes through them.

use std::{
    io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream, UdpSocket},
    process::Child,
    thread,
    time::Duration,
};

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

use crate::{
    fixture::{Fixture, User, empty, with_a_card},
    server,
};

/// What a test waits for a single answer before it fails.
const LIMIT: Duration = Duration::from_secs(20);

/// Runs `body` beside a server, with two ports of the host that lead to 8080 and 8081 there.
fn beside_a_server(body: impl FnOnce(&Ports)) {
    beside_a_server_of(User::Own, body);
}

fn beside_a_server_of(user: User, body: impl FnOnce(&Ports)) {
    if !can_make_taps(user) {
        return sarab_skip::skip("no private network can be made here");
    }
    let mut fixture = Fixture::new(&with_a_card(), server::TENDER);
    fixture.user = user;
    let ports = Ports { echo: free_port(), reset: free_port() };
    let options =
        format!("--publish 127.0.0.1:{}:8080 --publish 127.0.0.1:{}:8081", ports.echo, ports.reset);
    let mut running = Running(fixture.command(&options, "--log off").spawn().expect("it starts"));
    body(&ports);
    kill_process(Pid::from_child(&running.0), Signal::TERM).expect("it runs");
    let mut words = String::new();
    running.0.stdout.take().expect("a pipe").read_to_string(&mut words).expect("text");
    assert_eq!(words, "--net service=tap:tap0 image --log off\n");
    assert_eq!(running.0.wait().expect("it ends").code(), Some(143));
}

struct Ports {
    echo: u16,
    reset: u16,
}

impl Ports {
    fn connect(&self) -> TcpStream {
        connect(self.echo)
    }
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port));
    // The port may not be open yet, as the program has only just been started.
    let stream = stream.or_else(|_| {
        (0..2000)
            .find_map(|_| {
                thread::sleep(Duration::from_millis(5));
                TcpStream::connect(("127.0.0.1", port)).ok()
            })
            .ok_or(ErrorKind::TimedOut)
    });
    let stream = stream.expect("the port is open");
    stream.set_read_timeout(Some(LIMIT)).expect("not zero");
    stream
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn can_make_taps(user: User) -> bool {
    let mut fixture = Fixture::new(&with_a_card(), "\"$TEST\" --list >/dev/null");
    fixture.user = user;
    let said = fixture.run("", "");
    if said.status != Some(0) {
        eprintln!("{}", said.error);
    }
    said.status == Some(0)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

#[test]
fn bytes_come_back_and_each_direction_ends_by_itself() {
    beside_a_server(|ports| {
        let mut client = ports.connect();
        client.write_all(b"hello").expect("it is there");
        let mut back = [0; 5];
        client.read_exact(&mut back).expect("an answer");
        assert_eq!(&back, b"hello");
        client.shutdown(Shutdown::Write).expect("it is open");
        let mut rest = String::new();
        client.read_to_string(&mut rest).expect("a good end");
        assert_eq!(rest, "the end");
    });
}

#[test]
fn no_root_is_needed() {
    beside_a_server_of(User::NobodyWithTaps, |ports| {
        let mut client = ports.connect();
        client.write_all(b"hello").expect("it is there");
        let mut back = [0; 5];
        client.read_exact(&mut back).expect("an answer");
        assert_eq!(&back, b"hello");
    });
}

#[test]
fn a_debugger_reaches_a_tender_in_a_private_network() {
    if !can_make_taps(User::Own) {
        return sarab_skip::skip("no private network can be made here");
    }
    for tender in ["sarab-hvt", "sarab-qemu"] {
        debug(&Fixture::new(&with_a_card(), server::DEBUGGED).named(tender));
    }
}

/// Talks to the tender as a debugger does.
fn debug(fixture: &Fixture) {
    let mut running = Running(fixture.command("--debug", "").spawn().expect("it starts"));
    let mut line = String::new();
    let error = running.0.stderr.as_mut().expect("a pipe");
    BufReader::new(error).read_line(&mut line).expect("text");
    let port = line.trim().strip_prefix("debug: gdb image -ex 'target remote 127.0.0.1:");
    let port = port.and_then(|rest| rest.strip_suffix('\'')).expect("how to attach");
    let mut debugger = connect(port.parse().expect("a port"));
    debugger.write_all(b"$g#67").expect("it is there");
    let mut back = [0; 5];
    debugger.read_exact(&mut back).expect("an answer");
    assert_eq!(&back, b"$g#67");
}

#[test]
fn what_is_large_comes_whole_though_the_client_reads_late() {
    beside_a_server(|ports| {
        let client = ports.connect();
        let data: Vec<u8> =
            (0..24_u32 << 20).map(|at| (at * 7 + (at >> 11)).to_le_bytes()[0]).collect();
        let mut sender = client.try_clone().expect("a descriptor");
        let sent = data.clone();
        let sending = thread::spawn(move || {
            sender.write_all(&sent).expect("it is taken");
            sender.shutdown(Shutdown::Write).expect("it is open");
        });
        // Everything between here and the server fills up meanwhile.
        thread::sleep(Duration::from_millis(300));
        let mut back = Vec::new();
        (&client).read_to_end(&mut back).expect("a good end");
        sending.join().expect("it is sent");
        assert_eq!(back.len(), data.len() + 7);
        assert!(back.starts_with(&data), "the bytes are others");
    });
}

#[test]
fn a_connection_that_breaks_is_broken_for_the_client_too() {
    beside_a_server(|ports| {
        let mut client = connect(ports.reset);
        client.write_all(b"x").expect("it is there");
        let error = client.read(&mut [0]).expect_err("no good end");
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_thousand_clients_are_served_beside_each_other() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if maximum.is_some_and(|most| most < 4096) {
        return sarab_skip::skip("fewer than 4096 descriptors may be open here");
    }
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("it is allowed");
    beside_a_server(|ports| {
        let mut clients: Vec<TcpStream> = (0..1000).map(|_| ports.connect()).collect();
        for (number, client) in (0_u32..).zip(&mut clients) {
            client.write_all(&number.to_le_bytes()).expect("it is there");
        }
        for (number, client) in (0_u32..).zip(&mut clients) {
            let mut back = [0; 4];
            client.read_exact(&mut back).expect("an answer");
            assert_eq!(back, number.to_le_bytes());
        }
    });
}

#[test]
fn each_client_of_datagrams_gets_its_own_answers() {
    beside_a_server(|ports| {
        // Who waits for an answer here waits for the server, too.
        let mut client = ports.connect();
        client.write_all(b"x").and_then(|()| client.read_exact(&mut [0])).expect("an answer");
        let mut seen = Vec::new();
        for text in ["one", "two"] {
            let client = UdpSocket::bind("127.0.0.1:0").expect("a port");
            client.connect(("127.0.0.1", ports.echo)).expect("an address");
            client.set_read_timeout(Some(Duration::from_millis(100))).expect("not zero");
            let mut back = [0; 100];
            let size = (0..200).find_map(|_| {
                client.send(text.as_bytes()).expect("a port is open");
                client.recv(&mut back).ok()
            });
            let size = size.expect("an answer");
            assert_eq!(&back[2..size], text.as_bytes());
            seen.push([back[0], back[1]]);
        }
        assert_ne!(seen[0], seen[1], "both have one socket");
    });
}

#[test]
fn a_card_gets_a_tap_and_the_hosts_end_an_address() {
    if !can_make_taps(User::Own) {
        return sarab_skip::skip("no private network can be made here");
    }
    let script = "ip -brief address show dev tap0; ip link show dev lo | grep -c LOOPBACK,UP";
    let fixture = Fixture::new(&with_a_card(), script);
    for (words, address) in [("", "10.0.0.1/24"), ("--ipv4 10.9.0.7/16", "10.9.0.1/16")] {
        let said = fixture.run("", words);
        assert!(said.out.contains(address) && said.out.ends_with("1\n"), "{said:?}");
    }
}

#[test]
fn without_a_free_card_the_network_stays_the_hosts() {
    let script = "readlink /proc/self/ns/net; readlink /proc/$PPID/ns/net";
    let own = std::fs::read_link("/proc/self/ns/net").expect("it has one");
    let expected = format!("{0}\n{0}\n", own.display());
    assert_eq!(Fixture::new(&empty(), script).run("", "").out, expected);
    let attached = Fixture::new(&with_a_card(), script).run("--net service=tap:tap9", "");
    assert_eq!(attached.out, expected);
}

#[test]
fn a_port_that_would_lead_nowhere_is_refused() {
    for (image, options, why) in [
        (empty(), "--publish 18080:80", "has no network card"),
        (with_a_card(), "--publish 18080:80 --net service=tap:tap9", "take `--net` away"),
    ] {
        let said = Fixture::new(&image, "echo started").run(options, "");
        assert_eq!((said.status, said.out.as_str()), (Some(64), ""));
        assert!(said.error.contains(why), "{said:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let fixture = Fixture::new(&with_a_card(), "echo started");
    let said = fixture.run(&format!("--publish 127.0.0.1:{port}:80"), "");
    assert_eq!((said.status, said.out.as_str()), (Some(69), ""));
    let why = format!("port {port} of the host is taken; stop who listens there");
    assert!(said.error.contains(&why), "{said:?}");
}

#[test]
fn a_user_without_taps_is_told_the_way_out() {
    let mut fixture = Fixture::new(&with_a_card(), "echo started");
    fixture.user = User::Nobody;
    let said = fixture.run("", "");
    if said.status == Some(0) {
        return sarab_skip::skip("every user may make taps here");
    }
    assert_eq!((said.status, said.out.as_str()), (Some(69), ""));
    assert!(said.error.contains("root") && said.error.contains('`'), "{said:?}");
}
