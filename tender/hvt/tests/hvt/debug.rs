//! A guest under the real `gdb`.

use crate::guest::{Place, in_a_cage};
use sarab_hvt::{
    Cage, Exit,
    debug::{Debugger, End},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    ops::ControlFlow,
    process::{Command, Output, Stdio},
    sync::mpsc::{self, Receiver},
    thread::{self, JoinHandle},
};

/// Where the program is.
const TEXT: &str = "0x5a5a00600000";

/// Starts `gdb`, which runs `commands` once it is connected to `port`.
fn gdb(port: u16, commands: &[&str]) -> JoinHandle<Output> {
    let mut gdb = Command::new("gdb");
    gdb.args(["-nx", "-batch", "-ex", "set pagination off", "-ex"]);
    gdb.arg(format!("target remote 127.0.0.1:{port}"));
    gdb.args(commands.iter().flat_map(|command| ["-ex", command]));
    gdb.stdin(Stdio::null());
    thread::spawn(move || gdb.output().expect("gdb runs"))
}

fn has_gdb() -> bool {
    let result = Command::new("gdb").arg("-version").stdout(Stdio::null()).status();
    let has_gdb = result.is_ok_and(|status| status.success());
    if !has_gdb {
        sarab_skip::skip("gdb is not installed");
    }
    has_gdb
}

/// Runs `code` under `gdb` with `commands`. Returns what `gdb` said, what the guest rang for, and
/// how it ended. Ringing for 0 ends the guest.
fn debug(code: &[u8], commands: &[&str]) -> Option<(String, Vec<u32>, End)> {
    let mut guest = in_a_cage(code, 0).filter(|_| has_gdb())?;
    let debugger = Debugger::listen(0).expect("a port is free");
    let gdb = gdb(debugger.address().expect("an address").port(), commands);
    let mut rings = Vec::new();
    let mut on_exit = |_: &mut Cage, exit: Exit| match exit {
        Exit::Doorbell(0) => ControlFlow::Break(3),
        Exit::Doorbell(operation) => {
            rings.push(operation);
            ControlFlow::Continue(())
        }
        other => panic!("{other:x?}"),
    };
    let attached = debugger.accept().expect("gdb comes");
    let end = attached.run(&mut guest.cage, &mut on_exit).expect("gdb is content");
    let output = gdb.join().expect("gdb is waited for");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    Some((format!("{text}{errors}"), rings, end))
}

/// `mov dword ptr [rdi], 1; inc eax; mov dword ptr [rdi], 2; inc eax; mov dword ptr [rdi], 0`
const COUNT: [u8; 22] = [
    0xc7, 0x07, 1, 0, 0, 0, 0xff, 0xc0, 0xc7, 0x07, 2, 0, 0, 0, 0xff, 0xc0, 0xc7, 0x07, 0, 0, 0, 0,
];

#[test]
fn a_guest_runs_to_its_end() {
    let Some((text, rings, end)) = debug(&COUNT, &["continue"]) else { return };
    assert_eq!((rings, end), (vec![1, 2], End::Exited(3)), "{text}");
    assert!(text.contains("exited with code 03"), "{text}");
}

#[test]
fn breakpoints_stop_and_go_on() {
    let commands = [
        "break *0x5a5a0060000e",
        "continue",
        "info registers rip rax",
        "x/2xb $pc",
        "delete",
        "continue",
    ];
    let Some((text, rings, end)) = debug(&COUNT, &commands) else { return };
    assert_eq!((rings, end), (vec![1, 2], End::Exited(3)), "{text}");
    assert!(text.contains("rip            0x5a5a0060000e"), "{text}");
    assert!(text.contains("rax            0x1 "), "{text}");
    assert!(text.contains("0xff\t0xc0"), "the breakpoint is not seen: {text}");
}

#[test]
fn steps_go_one_by_one_also_over_rings() {
    let commands = ["stepi", "print/x $pc", "stepi", "print/x $pc", "print $eax", "kill"];
    let Some((text, rings, end)) = debug(&COUNT, &commands) else { return };
    assert_eq!((rings, end), (vec![1], End::Killed), "{text}");
    assert!(text.contains("$1 = 0x5a5a00600006"), "{text}");
    assert!(text.contains("$2 = 0x5a5a00600008"), "{text}");
    assert!(text.contains("$3 = 1\n"), "{text}");
}

#[test]
fn registers_and_memory_can_be_changed() {
    let data = format!("{:#x}", Place::Data.address());
    let set = format!("set *(int *){data} = 0x1234");
    let get = format!("print/x *(int *){data}");
    let far = "x/1xb 0x1000";
    let commands = [
        "set $eax = 41",
        "set $xmm3.v4_int32[1] = 7",
        "break *0x5a5a00600008",
        "continue",
        "print $eax",
        "print $xmm3.v4_int32[1]",
        &set,
        &get,
        far,
        "detach",
    ];
    let Some((text, rings, end)) = debug(&COUNT, &commands) else { return };
    assert_eq!((rings, end), (vec![1], End::Detached), "{text}");
    assert!(text.contains("$1 = 42\n") && text.contains("$2 = 7\n"), "{text}");
    assert!(text.contains("$3 = 0x1234"), "{text}");
    assert!(text.contains("Cannot access memory at address 0x1000"), "{text}");
}

#[test]
fn faults_are_signals() {
    let cases: [(&[u8], &str); 4] = [
        (&[0x8b, 0x00], "SIGSEGV"), // mov eax, [rax]
        (&[0x0f, 0x0b], "SIGILL"),
        (&[0xf7, 0xf1], "SIGFPE"), // div ecx
        (&[0xcc], "SIGTRAP"),
    ];
    for (code, signal) in cases {
        let Some((text, ..)) = debug(code, &["continue", "print/x $pc", "kill"]) else { return };
        assert!(text.contains(signal), "{text}");
        let at = if signal == "SIGTRAP" { "0x5a5a00600001" } else { TEXT };
        assert!(text.contains(&format!("$1 = {at}\n")), "{text}");
    }
}

/// What `gdb` sends for Ctrl-C, while the guest runs and never exits.
#[test]
fn an_endless_loop_can_be_interrupted() {
    // mov dword ptr [rdi], 1; 1: jmp 1b
    let code = [0xc7, 0x07, 1, 0, 0, 0, 0xeb, 0xfe];
    let Some(mut guest) = in_a_cage(&code, 0) else { return };
    let debugger = Debugger::listen(0).expect("a port is free");
    let address = debugger.address().expect("an address");
    let (rang, bell) = mpsc::channel();
    let client = thread::spawn(move || interrupt(address, &bell));
    let attached = debugger.accept().expect("it comes");
    let mut on_exit = |_: &mut Cage, exit: Exit| {
        assert_eq!(exit, Exit::Doorbell(1));
        rang.send(()).expect("the client waits for it");
        ControlFlow::Continue(())
    };
    let end = attached.run(&mut guest.cage, &mut on_exit).expect("the client is content");
    client.join().expect("it saw SIGINT");
    assert_eq!(end, End::Killed);
}

/// Continues the guest, waits for its ring, and sends Ctrl-C, which is to be answered by SIGINT (2).
fn interrupt(address: SocketAddr, bell: &Receiver<()>) {
    let mut gdb = TcpStream::connect(address).expect("it listens");
    gdb.write_all(b"$c#63").expect("it reads");
    bell.recv().expect("the guest rings");
    gdb.write_all(b"\x03").expect("it reads");
    let mut text = String::new();
    while !text.contains("S02") {
        let mut bytes = [0; 64];
        let len = gdb.read(&mut bytes).expect("it answers");
        assert_ne!(len, 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..len]));
    }
    gdb.write_all(b"+$k#6b").expect("it reads");
    let _ = gdb.read_to_string(&mut text);
}
