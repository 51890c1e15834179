//! Every example, run as its README says, against a scripted peer.
#![forbid(unsafe_code)]

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream, UdpSocket},
    process::Command,
    time::Duration,
};

use sarab_acceptance::{
    http::{answer_once, curl},
    namespace::{alone, ip, received, tap},
    process::{Process, fail, succeed},
    project,
    sarab::sarab,
    target::on_each,
};

/// The ways a unikernel can reach the network, and the address that it then has.
struct Network {
    /// Keys of `sarab build` and `sarab run`.
    keys: &'static [&'static str],
    /// What `sarab run` attaches.
    attachments: &'static [&'static str],
    /// Its own address, as its peer sees it.
    address: Ipv4Addr,
    /// The address of its peer, as it sees it.
    peer: Ipv4Addr,
}

/// On the sockets of the host.
const SOCKET: Network = Network {
    keys: &["--net", "socket"],
    attachments: &[],
    address: Ipv4Addr::LOCALHOST,
    peer: Ipv4Addr::LOCALHOST,
};

/// On its own stack over a tap, as a process.
const DIRECT: Network = on_tap(&["--net", "direct"]);

/// On its own stack over a tap, as a guest of a tender.
const SPT: Network = on_tap(&["-t", "spt"]);
const HVT: Network = on_tap(&["-t", "hvt"]);
/// The same, as a guest of QEMU.
const VIRTIO: Network = on_tap(&["-t", "virtio"]);

const fn on_tap(keys: &'static [&'static str]) -> Network {
    Network {
        keys,
        attachments: &["--net", "service=tap:tap0"],
        address: Ipv4Addr::new(10, 0, 0, 2),
        peer: Ipv4Addr::new(10, 0, 0, 1),
    }
}

/// Returns the networks of a target.
fn networks(target: &str) -> &'static [Network] {
    match target {
        "unix" => &[SOCKET, DIRECT],
        "spt" => &[SPT],
        "hvt" => &[HVT],
        _ => &[VIRTIO],
    }
}

/// Builds an example while there is still a network to fetch crates from.
fn build(example: &str, keys: &[&str]) {
    succeed(sarab().arg("build").arg(format!("example/{example}")).args(keys));
}

fn run(example: &str, network: &Network, boot: &[&str]) -> Process {
    let mut command = sarab();
    command.arg("run").arg(format!("example/{example}"));
    command.args(network.keys).args(network.attachments);
    Process::start(command.arg("--").args(boot))
}

/// Returns the command that runs an example on a target.
fn example(name: &str, target: &str) -> Command {
    let mut command = sarab();
    command.args(["run", &format!("example/{name}"), "-t", target]);
    command
}

/// Runs `body` with an example on each network of each target, in a network of its own.
fn on_each_network(test: &str, example: &str, body: fn(&Network)) {
    let prepare = || {
        let all = [SOCKET, DIRECT, SPT, HVT, VIRTIO];
        for network in all {
            build(example, network.keys);
        }
    };
    alone(test, prepare, || {
        tap("tap0", "10.0.0.1/24");
        on_each(test, |target| networks(target).iter().for_each(body));
    });
}

#[test]
fn hello_says_hello_four_times() {
    on_each("hello_says_hello_four_times", |target| {
        assert_eq!(succeed(&mut example("hello", target)), "hello\n".repeat(4));
    });
}

#[test]
fn hello_key_says_what_it_is_told() {
    let told = ["--", "--hello", "Salam", "--times=2", "--pause", "1ms"];
    on_each("hello_key_says_what_it_is_told", |target| {
        assert_eq!(succeed(example("hello-key", target).args(told)), "Salam\nSalam\n");
    });
}

#[test]
fn hello_key_can_be_told_when_configuring() {
    let told = ["--hello", "Bonjour", "--", "--times", "1", "--pause", "0s"];
    on_each("hello_key_can_be_told_when_configuring", |target| {
        assert_eq!(succeed(example("hello-key", target).args(told)), "Bonjour\n");
    });
}

#[test]
fn hello_key_explains_its_keys() {
    on_each("hello_key_explains_its_keys", |target| {
        let help = succeed(example("hello-key", target).args(["--", "--help"]));
        for word in ["--hello", "What to say.", "--times", "How often to say it.", "--log"] {
            assert!(help.contains(word), "{word} in {help}");
        }
    });
}

#[test]
fn a_wrong_boot_key_ends_with_64_and_a_hint() {
    on_each("a_wrong_boot_key_ends_with_64_and_a_hint", |target| {
        let said = fail(example("hello-key", target).args(["--", "--helo", "x"]), 64);
        assert!(said.contains("--helo") && said.contains("--hello"), "{said}");
        let said = fail(example("hello-key", target).args(["--", "--times", "many"]), 64);
        assert!(said.contains("--times") && said.contains("many"), "{said}");
    });
}

#[test]
fn app_info_names_every_crate() {
    on_each("app_info_names_every_crate", |target| {
        let said = succeed(&mut example("app-info", target));
        assert!(said.starts_with(&format!("app-info 0.1.0 on {target}\n")), "{said}");
        for name in ["  app-info 0.1.0\n", "  sarab-runtime 0.1.0\n", "  log 0.4."] {
            assert!(said.contains(name), "{name} in {said}");
        }
        assert_eq!(said.contains("  libc 0.2."), target == "unix", "{said}");
    });
}

#[test]
fn timeouts_takes_its_steps_in_order() {
    let expected = "join\n  heads\n  tails\n\
        select\n  heads\n  heads was first\n\
        timeout\n  done\n  Ok(\"done\")\n  Err(TimedOut)\n\
        cancel\n  the task was cancelled\n\
        mailbox\n  1\n  4\n  9\n\
        stream\n  2 is two\n  0 is zero\n  7 is many\n";
    on_each("timeouts_takes_its_steps_in_order", |target| {
        assert_eq!(succeed(&mut example("timeouts", target)), expected);
    });
}

#[test]
fn echo_sends_back_what_it_is_sent() {
    on_each_network("echo_sends_back_what_it_is_sent", "echo", |network| {
        let mut echo = run("echo", network, &["--port", "7007", "--log", "debug"]);
        let address = SocketAddr::from((network.address, 7007));
        echo.wait_for("listening on port 7007");
        let mut stream = TcpStream::connect(address).expect("the echo listens");
        let sent: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
        let mut received = Vec::new();
        std::thread::scope(|scope| {
            let mut writer = stream.try_clone().expect("a stream can be cloned");
            scope.spawn(move || {
                writer.write_all(&sent).expect("the echo reads");
                writer.shutdown(Shutdown::Write).expect("a stream can be ended");
            });
            stream.read_to_end(&mut received).expect("the echo answers and ends");
        });
        assert_eq!(received.len(), 200_000);
        assert!(received.iter().zip(0_u32..).all(|(b, n)| *b == n.to_le_bytes()[n as usize % 3]));
        datagrams_come_back(address);
        echo.signal("TERM");
        assert_eq!(echo.end().0, Some(0));
    });
}

fn datagrams_come_back(address: SocketAddr) {
    let socket = UdpSocket::bind("0.0.0.0:0").expect("a port is free");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout can be set");
    for size in [0, 1, 1400] {
        socket.send_to(&vec![7; size], address).expect("a datagram can be sent");
        let mut buffer = [0; 2000];
        let (count, from) = socket.recv_from(&mut buffer).expect("a datagram comes back");
        assert_eq!((count, from), (size, address));
    }
}

#[test]
fn block_passes_its_own_tests_on_a_fresh_disk() {
    on_each("block_passes_its_own_tests_on_a_fresh_disk", |target| {
        let folder = project::empty();
        let disk = folder.path().join("disk.img");
        fs::File::create(&disk).and_then(|file| file.set_len(1 << 20)).expect("a file can be made");
        let attach = format!("disk={}", disk.display());
        let said = succeed(example("block", target).args(["--disk", &attach]));
        assert!(said.starts_with("2048 sectors of 512 bytes\n"), "{said}");
        assert_eq!(said.matches("wrote and read").count(), 4, "{said}");
        assert_eq!(said.matches("refused: ").count(), 6, "{said}");
        let image = fs::read(&disk).expect("the disk is there");
        assert_eq!(image[512 * 2..][..8], 2_u64.to_le_bytes(), "the pattern is on the disk");
    });
}

#[test]
fn block_says_which_disk_is_missing() {
    on_each("block_says_which_disk_is_missing", |target| {
        // A tender opens what is attached before it starts the unikernel.
        let status = if target == "unix" { 1 } else { 64 };
        let attach = ["--disk", "disk=/nowhere/disk.img"];
        let said = fail(example("block", target).args(attach), status);
        assert!(said.contains("disk") && said.contains("/nowhere/disk.img"), "{said}");
    });
}

#[test]
fn fat_lists_and_edits_a_disk_that_others_read() {
    on_each("fat_lists_and_edits_a_disk_that_others_read", |target| {
        let folder = project::empty();
        let disk = folder.path().join("disk.img");
        let hello = folder.path().join("A greeting.txt");
        fs::write(&hello, "hello\n").expect("a file can be made");
        succeed(Command::new("mkfs.fat").arg("-C").arg(&disk).arg("1440"));
        succeed(Command::new("mcopy").arg("-i").arg(&disk).arg(&hello).arg("::"));
        let attach = format!("disk={}", disk.display());
        let said = succeed(example("fat", target).args(["--disk", &attach]));
        assert_eq!(said, "         6 A greeting.txt\nvisit 1\n");
        let said = succeed(example("fat", target).args(["--disk", &attach]));
        assert_eq!(said, "         6 A greeting.txt\n         2 visits.txt\nvisit 2\n");
        succeed(Command::new("fsck.fat").arg("-n").arg(&disk));
        let visits = succeed(Command::new("mtype").arg("-i").arg(&disk).arg("::visits.txt"));
        assert_eq!(visits, "2\n");
    });
}

#[test]
fn kv_finds_the_same_value_through_both_handles() {
    on_each("kv_finds_the_same_value_through_both_handles", |target| {
        for pages in places_of_pages(target) {
            let said = succeed(example("kv", target).args(["--pages", pages]));
            assert_eq!(said, "the two secrets are equal\nother\nsecret\n", "--pages {pages}");
        }
    });
}

/// Returns where the files of a folder can live; only a process reaches folders of the host.
fn places_of_pages(target: &str) -> &'static [&'static str] {
    let places = &["embedded", "tar", "dir"];
    if target == "unix" { places } else { &places[..2] }
}

#[test]
fn site_serves_its_pages() {
    on_each_network("site_serves_its_pages", "site", |network| {
        let mut site = run("site", network, &[]);
        site.wait_for("listening on port 8080");
        let url = |path: &str| format!("http://{}:8080{path}", network.address);
        let page = curl(&[], &url("/"));
        assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
        assert!(page.to_lowercase().contains("content-type: text/html"), "{page}");
        assert!(page.ends_with(include_str!("../../../example/site/htdocs/index.html")), "{page}");
        let style = curl(&[], &url("/css/site.css"));
        assert!(style.to_lowercase().contains("content-type: text/css"), "{style}");
        assert!(curl(&[], &url("/nothing")).starts_with("HTTP/1.1 404 "));
        assert!(curl(&["--head"], &url("/")).ends_with("\r\n\r\n"));
        let range = curl(&["--range", "0-14"], &url("/"));
        assert!(
            range.starts_with("HTTP/1.1 206 ") && range.ends_with("<!doctype html>"),
            "{range}"
        );
        site.signal("INT");
        assert_eq!(site.end().0, Some(0));
    });
}

#[test]
fn site_serves_from_wherever_its_pages_live() {
    const TEST: &str = "site_serves_from_wherever_its_pages_live";
    let of = |network: &Network, pages| [network.keys, &["--pages", pages]].concat();
    let prepare = || {
        let all = [("unix", SOCKET), ("spt", SPT), ("hvt", HVT), ("virtio", VIRTIO)];
        for (target, network) in all {
            for pages in places_of_pages(target) {
                build("site", &of(&network, pages));
            }
        }
    };
    alone(TEST, prepare, || {
        tap("tap0", "10.0.0.1/24");
        on_each(TEST, |target| {
            let network = &networks(target)[0];
            for pages in places_of_pages(target) {
                let keys = of(network, pages);
                let run = ["run", "example/site"];
                let mut site =
                    Process::start(sarab().args(run).args(keys).args(network.attachments));
                site.wait_for("listening on port 8080");
                let page = curl(&[], &format!("http://{}:8080/about.html", network.address));
                assert!(page.ends_with(include_str!("../../../example/site/htdocs/about.html")));
                site.signal("INT");
                assert_eq!(site.end().0, Some(0));
            }
        });
    });
}

#[test]
fn site_on_its_own_stack_speaks_ipv6() {
    let prepare = || build("site", DIRECT.keys);
    alone("site_on_its_own_stack_speaks_ipv6", prepare, || {
        tap("tap0", "10.0.0.1/24");
        ip("address add fd00::1/64 dev tap0 nodad");
        let keys = ["--ipv6", "fd00::2/64"];
        let mut site = run("site", &DIRECT, &keys);
        site.wait_for("listening on port 8080");
        assert!(curl(&[], "http://[fd00::2]:8080/").starts_with("HTTP/1.1 200 OK\r\n"));
        succeed(Command::new("ping").args(["-c", "3", "-i", "0.2", "-W", "5", "fd00::2"]));
        succeed(Command::new("ping").args(["-c", "3", "-i", "0.2", "-W", "5", "10.0.0.2"]));
        site.signal("TERM");
        assert_eq!(site.end().0, Some(0));
    });
}

#[test]
fn fetch_prints_what_a_server_says() {
    on_each_network("fetch_prints_what_a_server_says", "fetch", |network| {
        let server = SocketAddr::from((network.peer, 8000));
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
        let asked = answer_once(server, answer);
        let (status, said) = run("fetch", network, &["--url", &format!("http://{server}/x")]).end();
        let said = said.join("\n");
        assert_eq!(status, Some(0), "{said}");
        assert!(said.ends_with("200 OK\nhello"), "{said}");
        let asked = asked.join().expect("the server ends");
        assert!(asked.starts_with("GET /x HTTP/1.1\r\n"), "{asked}");
    });
}

#[test]
fn fetch_says_that_it_needs_a_url() {
    let said = fail(&mut example("fetch", "unix"), 64);
    assert!(said.contains("--url"), "{said}");
}

#[test]
fn two_nets_passes_frames_both_ways() {
    const TEST: &str = "two_nets_passes_frames_both_ways";
    const TARGETS: [&str; 4] = ["unix", "spt", "hvt", "virtio"];
    let prepare = || TARGETS.iter().for_each(|it| build("two-nets", &["-t", it]));
    alone(TEST, prepare, || {
        tap("tap0", "10.0.0.1/24");
        tap("tap1", "10.0.1.1/24");
        on_each(TEST, |target| {
            // The peer behind tap1 is this machine itself: a static neighbour makes it speak to the
            // other side of the unikernel, and reverse path filters let it listen.
            let nets = ["--net", "left=tap:tap0", "--net", "right=tap:tap1"];
            let mut forward = Process::start(example("two-nets", target).args(nets));
            forward.wait_for("left ");
            frames_cross("tap0", "tap1");
            frames_cross("tap1", "tap0");
            forward.signal("INT");
            let (status, said) = forward.end();
            assert_eq!(status, Some(0));
            assert!(said.iter().any(|line| line.contains("frames from left to right")), "{said:?}");
        });
    });
}

/// Sends an ARP request out of one tap and waits until the other has received a frame more.
fn frames_cross(from: &str, to: &str) {
    let before = received(to);
    let octet = from.trim_start_matches("tap");
    for _ in 0..50 {
        let _ = UdpSocket::bind("0.0.0.0:0")
            .and_then(|socket| socket.send_to(b"knock", format!("10.0.{octet}.77:9")));
        if received(to) > before {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no frame from {from} reached {to}");
}
