//! What is checked on KVM.

use crate::lab::{
    check::Check,
    programs::{DEEDS, Tender},
};

const HVT: Tender =
    Tender { target: "hvt", command: "sarab-hvt --memory 32MiB", network: "tap:tap0" };

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
    checks.extend(HVT.examples());
    checks.push(Check::new(
        "time passes without a ring",
        HVT.line("hostile", "", "--deed watch"),
        &["time passes\n"],
    ));
    checks.extend(DEEDS.into_iter().chain(DEEDS_IN_A_CAGE).map(|deed| HVT.hostile(deed)));
    let on_tap = |check: Check| check.between(TAP, "tunctl -d tap0 >/dev/null");
    checks.extend(HVT.servers().map(on_tap));
    checks
}

/// Those of the debugger need gdb, which the machine has not.
const CAGE: &str = "cage --test-threads=1 --skip debug::";

/// Deeds that only a tender ends.
const DEEDS_IN_A_CAGE: [(&str, i32, &str); 4] = [
    ("touch kernel", 104, "crash: illegal"),
    ("instruction rdmsr", 104, "crash: illegal instruction\n"),
    ("instruction mov cr3", 104, "crash: illegal instruction\n"),
    ("call 41 2 1 0", 105, "crash: forbidden system call 41\n"),
];

const TAP: &str = "tunctl -t tap0 >/dev/null
ip address add 10.0.0.1/24 dev tap0
ip link set tap0 up";
