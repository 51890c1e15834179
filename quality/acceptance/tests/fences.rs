//! A unikernel that tries to get out of each tender, and how it ends.
#![forbid(unsafe_code)]

use std::process::Command;

use sarab_acceptance::{
    process::{Process, fail, run, succeed},
    sarab::sarab,
    target::{on_each_guest, on_each_image, on_virtio},
};

const PROJECT: &str = "tender/hostile";

fn hostile(target: &str, deed: &str) -> Command {
    let mut command = sarab();
    command.args(["run", PROJECT, "-t", target, "--memory", "16MiB", "--", "--deed", deed]);
    command
}

/// Runs deeds on each tender: each begins, it does not get out, and it ends with `status` and a report
/// that says `expected`.
fn is_held(test: &str, deeds: &[&str], status: i32, expected: &str) {
    on_each_guest(test, |target| are_held(target, deeds, status, expected));
}

/// Does the same on machines that have no tender, and protect their memory themselves, too.
fn is_held_on_any_machine(test: &str, deeds: &[&str], status: i32, expected: &str) {
    is_held(test, deeds, status, expected);
    on_virtio(test, |target| are_held(target, deeds, status, expected));
}

fn are_held(target: &str, deeds: &[&str], status: i32, expected: &str) {
    succeed(sarab().args(["build", PROJECT, "-t", target]));
    for deed in deeds {
        let output = run(&mut hostile(target, deed));
        let said = String::from_utf8_lossy(&output.stdout);
        let report = String::from_utf8_lossy(&output.stderr);
        let all = format!("{deed} on {target}, {}: {said}{report}", output.status);
        assert!(said.contains(&format!("about to {deed}\n")), "{all}");
        assert!(!said.contains("got out") && !said.contains("answered"), "{all}");
        assert_eq!(output.status.code(), Some(status), "{all}");
        assert!(report.contains(expected), "{all}");
    }
}

#[test]
fn a_system_call_that_is_not_needed_ends_the_guest() {
    // socket, open, mmap, mprotect, execve, ptrace, kill, dup, clone, io_uring_setup, and write by
    // its number of the other ABI.
    let calls = [
        "call 41 2 1 0",
        "call 2 0 0 0",
        "call 9 0 4096 7",
        "call 10 0 4096 7",
        "call 59 0 0 0",
        "call 101 0 0 0",
        "call 62 1 9 0",
        "call 32 1 0 0",
        "call 56 0 0 0",
        "call 425 1 0 0",
        "call 1073741825 1 0 0",
    ];
    is_held(
        "a_system_call_that_is_not_needed_ends_the_guest",
        &calls,
        105,
        "crash: forbidden system call",
    );
}

#[test]
fn a_system_call_on_another_descriptor_ends_the_guest() {
    // read of the standard input, write to a descriptor that is none of the tender's, ioctl and
    // preadv2 without such a device, writev to the standard output.
    let calls =
        ["call 0 0 0 0", "call 1 9 0 0", "call 16 1 21505 0", "call 327 1 0 0", "call 20 1 0 0"];
    is_held(
        "a_system_call_on_another_descriptor_ends_the_guest",
        &calls,
        105,
        "crash: forbidden system call",
    );
}

#[test]
fn memory_that_is_not_to_be_written_is_not() {
    let deeds = ["touch code", "touch literals"];
    let test = "memory_that_is_not_to_be_written_is_not";
    is_held_on_any_machine(test, &deeds, 104, "crash: illegal write to 0x");
}

#[test]
fn memory_that_is_not_the_guests_is_not_reached() {
    let test = "memory_that_is_not_the_guests_is_not_reached";
    is_held_on_any_machine(test, &["touch nothing"], 104, "crash: illegal read of 0x8\n");
    is_held(test, &["touch kernel", "touch nowhere"], 104, "crash: illegal");
    on_virtio(test, |target| {
        are_held(target, &["touch nowhere"], 104, "crash: general protection fault\n");
    });
    is_held(test, &["touch what is past the heap"], 104, "crash: illegal");
}

#[test]
fn data_are_not_executed() {
    let deeds = ["execute literals", "execute variables", "execute stack", "execute heap"];
    is_held_on_any_machine("data_are_not_executed", &deeds, 104, "crash: illegal jump to 0x");
}

#[test]
fn instructions_of_an_operating_system_end_the_guest() {
    let deeds = ["hlt", "cli", "in", "out", "rdmsr", "mov cr3", "lgdt", "ud2"];
    let deeds = deeds.map(|name| format!("instruction {name}"));
    let deeds: Vec<_> = deeds.iter().map(String::as_str).collect();
    is_held(
        "instructions_of_an_operating_system_end_the_guest",
        &deeds,
        104,
        "crash: illegal instruction",
    );
}

#[test]
fn a_division_by_zero_ends_the_guest() {
    let deed = "instruction divide";
    let test = "a_division_by_zero_ends_the_guest";
    is_held_on_any_machine(test, &[deed], 104, "crash: division error");
}

/// The kernel ends a guest of `spt` for it, as no program does so.
#[test]
fn a_breakpoint_ends_the_guest() {
    on_each_guest("a_breakpoint_ends_the_guest", |target| {
        let status = if target == "spt" { 133 } else { 104 };
        are_held(target, &["instruction int3"], status, "crash: ");
    });
}

#[test]
fn each_way_to_fail_has_a_status_of_its_own() {
    let test = "each_way_to_fail_has_a_status_of_its_own";
    is_held_on_any_machine(test, &["panic"], 101, "panicked at");
    is_held_on_any_machine(test, &["exhaust"], 102, "crash: out of memory");
    is_held_on_any_machine(test, &["overflow"], 103, "crash: stack overflow");
}

#[test]
fn time_passes_without_a_ring_of_the_doorbell() {
    on_each_image("time_passes_without_a_ring_of_the_doorbell", |target| {
        let said = succeed(&mut hostile(target, "watch"));
        assert!(said.contains("time passes\n"), "{said}");
    });
}

#[test]
fn a_crash_names_the_function_and_the_line() {
    on_each_image("a_crash_names_the_function_and_the_line", |target| {
        // A function that is inlined has no path.
        for (deed, status, function) in [
            ("panic", 101, "fail ("),
            ("touch code", 104, "touch ("),
            ("overflow", 103, "descend ("),
        ] {
            let report = fail(&mut hostile(target, deed), status);
            assert!(report.contains(function), "{report}");
            assert!(report.contains("src/lib.rs:"), "{report}");
        }
    });
}

#[test]
fn a_key_is_given_by_a_variable_of_the_host() {
    on_each_image("a_key_is_given_by_a_variable_of_the_host", |target| {
        let mut command = sarab();
        command.args(["run", PROJECT, "-t", target]).env("HOSTILE_DEED", "watch");
        let said = succeed(&mut command);
        assert!(said.contains("time passes\n"), "{said}");
    });
}

#[test]
fn a_guest_that_is_asked_to_end_has_time_for_it() {
    on_each_image("a_guest_that_is_asked_to_end_has_time_for_it", |target| {
        succeed(sarab().args(["build", PROJECT, "-t", target]));
        let mut guest = Process::start(&mut hostile(target, "linger"));
        guest.wait_for("about to linger");
        guest.signal("TERM");
        let (status, said) = guest.end();
        assert_eq!(status, Some(0), "{target}: {said:?}");
        assert!(said.iter().any(|line| line == "that was all"), "{target}: {said:?}");
    });
}

#[test]
fn a_guest_that_hangs_is_ended_by_asking_twice() {
    on_each_image("a_guest_that_hangs_is_ended_by_asking_twice", |target| {
        succeed(sarab().args(["build", PROJECT, "-t", target]));
        let mut guest = Process::start(&mut hostile(target, "hang"));
        guest.wait_for("about to hang");
        // Two that are alike would be one, if the first has not arrived yet.
        guest.signal("TERM");
        guest.signal("INT");
        assert_eq!(guest.end().0, Some(130), "{target}");
    });
}

#[test]
fn a_missing_and_a_superfluous_device_are_refused_before_the_start() {
    on_each_image("a_missing_and_a_superfluous_device_are_refused_before_the_start", |target| {
        let superfluous = ["run", "example/hello-key", "-t", target, "--disk", "data=/dev/null"];
        let said = fail(sarab().args(superfluous), 64);
        assert!(said.contains("data"), "{said}");
    });
}
