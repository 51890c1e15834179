//! What is checked on KVM.

use crate::lab::check::Check;

/// The tender with the image called `name`, with `options` before it and `words` behind.
fn image(name: &str, options: &str, words: &str, says: &[&str]) -> Check {
    let command = format!("sarab-hvt --memory 32MiB {options} /{name} {words}");
    Check::new(name, command, says)
}

/// The unikernel that tries to get out.
fn hostile((deed, status, report): (&str, i32, &str)) -> Check {
    let (says, name) =
        (format!("about to {deed}\n"), format!("hostile: {deed} ends with {status}"));
    let command = format!("sarab-hvt --memory 16MiB /hostile --deed '{deed}'");
    Check { status, ..Check::new(name, command, &[&says, report]) }
}

/// Returns all, in the order in which they are taken.
pub(super) fn all() -> Vec<Check> {
    let mut checks = vec![
        Check::new(
            "the processor virtualises",
            "grep -qw svm /proc/cpuinfo && lsmod",
            &["kvm_amd"],
        ),
        Check::new("the tests of the cage", CAGE, &["test result: ok. "]),
    ];
    checks.extend(examples());
    checks.push(Check::new(
        "time passes without a ring",
        "sarab-hvt --memory 16MiB /hostile --deed watch",
        &["time passes\n"],
    ));
    checks.extend(DEEDS.map(hostile));
    checks.extend(network());
    checks
}

/// Those of the debugger need gdb, which the machine has not.
const CAGE: &str = "cage --test-threads=1 --skip debug::";

fn examples() -> [Check; 5] {
    [
        image("hello-key", "", "--hello Salam --times=2 --pause 1ms", &["Salam\nSalam\n"]),
        image("timeouts", "", "", &[STEPS]),
        Check {
            command: format!("dd if=/dev/zero of=/disk bs=1M count=1 && {BLOCK}"),
            ..image("block", "", "", &SECTORS)
        },
        image("kv", "", "", &["the two secrets are equal\n"]),
        image("app-info", "", "", &["app-info 0.1.0 on hvt\n", "  sarab-runtime 0.1.0\n"]),
    ]
}

const STEPS: &str = "join\n  heads\n  tails\nselect\n  heads\n  heads was first\n\
    timeout\n  done\n  Ok(\"done\")\n  Err(TimedOut)\ncancel\n  the task was cancelled\n\
    mailbox\n  1\n  4\n  9\nstream\n  2 is two\n  0 is zero\n  7 is many\n";

const BLOCK: &str = "sarab-hvt --memory 32MiB --disk disk=/disk /block";
const SECTORS: [&str; 5] = [
    "2048 sectors of 512 bytes\n",
    "wrote and read 1 from 2047\n",
    "wrote and read 8 from 12\n",
    "flushed\n",
    "refused: ",
];

/// Deeds of the hostile unikernel, the status that each ends with, and a text of the report.
const DEEDS: [(&str, i32, &str); 11] = [
    ("panic", 101, "on purpose"),
    ("exhaust", 102, "crash: out of memory\n"),
    ("overflow", 103, "crash: stack overflow\n"),
    ("touch nothing", 104, "crash: illegal read of 0x8\n"),
    ("touch kernel", 104, "crash: illegal"),
    ("touch code", 104, "crash: illegal write to 0x"),
    ("execute heap", 104, "crash: illegal jump to 0x"),
    ("instruction rdmsr", 104, "crash: illegal instruction\n"),
    ("instruction mov cr3", 104, "crash: illegal instruction\n"),
    ("instruction divide", 104, "crash: division error\n"),
    ("call 41 2 1 0", 105, "crash: forbidden system call 41\n"),
];

/// Images with a card, on a tap: each is asked until it answers, and then to end.
fn network() -> [Check; 2] {
    let on_tap = |image: &str, ask: &str, answer: &str| {
        let tender = format!("sarab-hvt --memory 32MiB --net service=tap:tap0 /{image}");
        Check::asking(format!("{image} over a tap"), &tender, ask, &[answer])
            .between(TAP, "tunctl -d tap0 >/dev/null")
    };
    [
        on_tap(
            "site",
            r"printf 'GET / HTTP/1.0\r\nHost: lab\r\n\r\n' | nc -w 2 10.0.0.2 8080",
            "<title>Sarab</title>",
        ),
        on_tap("echo", "echo salam | nc -w 2 10.0.0.2 7007", "salam\n"),
    ]
}

const TAP: &str = "tunctl -t tap0 >/dev/null
ip address add 10.0.0.1/24 dev tap0
ip link set tap0 up";
