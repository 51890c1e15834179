//! The fences that a tender shuts itself in behind before its guest runs.
//!
//! - `no_new_privs`, which the other two want: no program that it might start has more rights than it.
//! - Landlock: it reaches no file, binds and connects no TCP port, and sends no signal to others.
//! - seccomp: of the system calls it can make only those that it needs, on the very descriptors that it
//!   has opened; see [`calls`].
//!
//! Landlock is there for the case that a filter has a hole, and where the host has no Landlock the
//! filter stands alone. Without seccomp no guest is started.

pub mod calls;
mod landlock;

use std::{collections::BTreeMap, io};

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, SeccompRule, TargetArch};

use crate::Error;

/// What is allowed: a system call, and for which arguments. No rule is any arguments.
pub type Rules = Vec<(i64, Vec<SeccompRule>)>;

/// Gives up files, ports, signals to others and new privileges for this thread and those that it starts, for
/// good.
pub fn forbid() -> Result<(), Error> {
    give_up_privileges().map_err(|error| cannot("give up privileges", &error))?;
    landlock::restrict().map_err(|error| cannot("use Landlock", &error))
}

/// Shuts this process in, all of its threads, for good: it makes the system calls of `rules` and no others.
/// Resources were [forbidden](forbid) before.
pub fn shut(rules: Rules) -> Result<(), Error> {
    let filter = filter(rules).map_err(|error| cannot("filter system calls", &error))?;
    install(&filter).map_err(|error| cannot("filter system calls", &error))
}

fn cannot(what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::unavailable(format_args!("the host lets the tender not {what}: {error}"))
}

/// Sets `no_new_privs`. The libraries for the other two fences would set it once each.
fn give_up_privileges() -> io::Result<()> {
    // SAFETY: the call takes no pointer.
    match unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Makes the filter that lets through what `rules` say. Anything else is trapped, which the tender reports as
/// the guest's crash; the call itself is never made.
fn filter(rules: Rules) -> Result<BpfProgram, seccompiler::BackendError> {
    let mut by_number: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (number, rules) in rules {
        by_number.entry(number).or_default().extend(rules);
    }
    let (allow, trap) = (SeccompAction::Allow, SeccompAction::Trap);
    SeccompFilter::new(by_number, trap, allow, TargetArch::x86_64)?.try_into()
}

/// Installs the filter for all threads (`seccomp(2)`).
fn install(filter: &BpfProgram) -> io::Result<()> {
    let len = u16::try_from(filter.len()).map_err(io::Error::other)?;
    let first = filter.as_ptr().cast::<libc::sock_filter>().cast_mut();
    let program = libc::sock_fprog { len, filter: first };
    let (mode, flags) = (libc::SECCOMP_SET_MODE_FILTER, libc::SECCOMP_FILTER_FLAG_TSYNC);
    // SAFETY: the kernel reads the program, which is whole, and keeps a copy.
    match unsafe { libc::syscall(libc::SYS_seccomp, mode, flags, &raw const program) } {
        0 => Ok(()),
        -1 => Err(io::Error::last_os_error()),
        thread => Err(io::Error::other(format!("thread {thread} has a filter of its own"))),
    }
}
