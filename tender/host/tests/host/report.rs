//! What the tender says, and crashes in it.

use std::{
    fs,
    io::{Read as _, Write as _},
    process::{Command, Stdio},
};

use object::{LittleEndian, Object as _, ObjectSymbol as _, read::elf::ElfFile64};

use crate::fixture::{Fixture, Said, empty};

#[test]
fn what_the_tender_says_passes_as_it_is_and_at_once() {
    let fixture =
        Fixture::new(&empty(), "printf 'a line\\nand a pa' >&2\nread line\nprintf rt >&2");
    let mut command = fixture.command("", "");
    command.stdin(Stdio::piped());
    let mut child = command.spawn().expect("it starts");
    let mut first = [0; 15];
    child.stderr.as_mut().expect("a pipe").read_exact(&mut first).expect("it comes");
    assert_eq!(&first, b"a line\nand a pa");
    child.stdin.take().expect("a pipe").write_all(b"go on\n").expect("it waits");
    let said = Said::new(&child.wait_with_output().expect("it ends"));
    assert_eq!(said.error, "rt");
}

#[test]
fn nothing_is_lost_when_the_tender_ends_in_the_middle() {
    let script = "seq 100000 >&2; printf 'crash: it was too much\\n  at 0x10\\n  at' >&2; exit 101";
    let said = Fixture::new(&empty(), script).run("", "");
    let lines = (1..=100_000).map(|line| line.to_string()).collect::<Vec<_>>().join("\n") + "\n";
    let rest = said.error.strip_prefix(&lines).expect("all lines");
    assert_eq!(rest, "crash: it was too much\n  at 0x10\n  at");
    assert_eq!(said.status, Some(101));
}

#[test]
fn somebody_else_who_keeps_the_pipe_keeps_nobody_waiting() {
    let said = Fixture::new(&empty(), "sleep 60 >/dev/null & echo $! >&2; exit 3").run("", "");
    assert_eq!(said.status, Some(3));
    let _ = Command::new("kill").arg(said.error.trim()).status();
}

/// The functions of a program are found where the linker has put them.
fn offset_of(program: &str, function: &str) -> u64 {
    let data = fs::read(program).expect("a program");
    let file = ElfFile64::<LittleEndian>::parse(&*data).expect("ELF");
    let mut symbols = file.symbols();
    let found = symbols.find(|it| it.name().is_ok_and(|name| name.contains(function)));
    found.expect("it is there").address()
}

#[test]
fn a_report_from_elsewhere_becomes_functions_and_lines() {
    let program = env!("CARGO_BIN_EXE_sarab-host");
    let offset = offset_of(program, "sarab_host3run");
    let mut child = Command::new(program)
        .args(["--symbolise", program])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let report = format!("log\ncrash: x\n  at {offset:#x}\n  at 0x10000000000\nlog\n");
    child.stdin.take().expect("a pipe").write_all(report.as_bytes()).expect("it reads");
    let said = Said::new(&child.wait_with_output().expect("it ends"));
    assert!(said.out.starts_with("log\ncrash: x\n  at sarab_host::run"), "{said:?}");
    assert!(said.out.contains(" (tender/host/src/main.rs:"), "{said:?}");
    assert!(said.out.ends_with("\n  at 0x10000000000\nlog\n"), "{said:?}");
}

/// Returns `program` with headers that say that it is loaded `bytes` higher.
fn lifted(mut program: Vec<u8>, bytes: u64) -> Vec<u8> {
    const LOAD: [u8; 4] = [1, 0, 0, 0];
    let word = |program: &[u8], at: usize| {
        u64::from_le_bytes(program[at..at + 8].try_into().expect("eight bytes"))
    };
    let start = usize::try_from(word(&program, 32)).expect("64 bits");
    let count = usize::from(program[56]);
    for header in (0..count).map(|index| start + 56 * index) {
        if program[header..header + 4] == LOAD {
            let address = word(&program, header + 16) + bytes;
            program[header + 16..header + 24].copy_from_slice(&address.to_le_bytes());
        }
    }
    program
}

#[test]
fn frames_count_from_the_lowest_address_of_an_image() {
    const LIFT_BYTES: u64 = 0x1000;
    let program = env!("CARGO_BIN_EXE_sarab-host");
    let fixture = Fixture::new(&lifted(fs::read(program).expect("a program"), LIFT_BYTES), "");
    let mut child = Command::new(program)
        .arg("--symbolise")
        .arg(fixture.path("image"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    // The headers alone were lifted: the function has the address that it had.
    let offset = offset_of(program, "sarab_host3run") - LIFT_BYTES;
    let report = format!("crash: x\n  at {offset:#x}\n");
    child.stdin.take().expect("a pipe").write_all(report.as_bytes()).expect("it reads");
    let said = Said::new(&child.wait_with_output().expect("it ends"));
    assert!(said.out.starts_with("crash: x\n  at sarab_host::run"), "{said:?}");
}

#[test]
fn an_image_that_cannot_be_read_is_named() {
    let said = Command::new(env!("CARGO_BIN_EXE_sarab-host"))
        .args(["--symbolise", "/no/image"])
        .output()
        .expect("it starts");
    let said = Said::new(&said);
    assert_eq!(said.status, Some(64));
    assert!(said.error.contains("cannot read the image /no/image"), "{said:?}");
}
