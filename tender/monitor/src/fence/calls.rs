//! The system calls that a tender needs while its guest runs, and why.
//!
//! | call | on | why |
//! | --- | --- | --- |
//! | `write` | standard output, standard error; the bell, where there are disks | the guest's console; crash reports; the disks' threads say that they are done |
//! | `ppoll` | | waiting; what may be waited for cannot be bound, and waiting does nothing else |
//! | `clock_gettime` | | the clock, on hosts where it is a system call |
//! | `rt_sigreturn` | | the end of a signal handler |
//! | `exit_group` | | the end |
//! | `read` | each tap; the bell, where there are disks | frames; silencing the bell |
//! | `writev` | each tap | frames |
//! | `ioctl` `TUNSETOFFLOAD` | each tap | whether frames come finished |
//! | `preadv2`, `pwritev2` | each disk's file, from within its size on | sectors |
//! | `fdatasync` | each disk's file | flushes |
//! | `fallocate` | each disk's file, holes alone | sectors that are not needed any more |
//! | `futex` | waiting and waking, private | the disks' threads wait for work; only with disks |
//!
//! A file that cannot be written has none of those that would.
//!
//! An argument that is a descriptor is compared as 32 bits, which is what the kernel uses of it.

use seccompiler::{
    BackendError,
    SeccompCmpArgLen::{Dword, Qword},
    SeccompCmpOp::{Eq, Lt},
    SeccompCondition, SeccompRule,
};

use super::Rules;
use crate::{
    Error,
    tender::{Descriptors, DiskFile},
};

/// The request for the form of frames (Linux, `include/uapi/linux/if_tun.h`).
const TUNSETOFFLOAD: u64 = 0x4004_54d0;

/// Returns what every tender needs.
pub fn common(descriptors: &Descriptors) -> Result<Rules, Error> {
    let Descriptors { bell, ref cards, ref disks } = *descriptors;
    let (output, error) = (libc::STDOUT_FILENO, libc::STDERR_FILENO);
    let mut rules: Rules = vec![
        (libc::SYS_write, on(&[&[output, error], bell.as_slice()].concat())?),
        (libc::SYS_ppoll, Vec::new()),
        (libc::SYS_clock_gettime, Vec::new()),
        (libc::SYS_rt_sigreturn, Vec::new()),
        (libc::SYS_exit_group, Vec::new()),
    ];
    let readable = [bell.as_slice(), cards].concat();
    if !readable.is_empty() {
        rules.push((libc::SYS_read, on(&readable)?));
    }
    if !cards.is_empty() {
        rules.push((libc::SYS_writev, on(cards)?));
        let forms = cards.iter().map(|card| u64::from(card.cast_unsigned()));
        let forms = forms.map(|card| rule(&[(0, card), (1, TUNSETOFFLOAD)]));
        rules.push((libc::SYS_ioctl, forms.collect::<Result<_, _>>()?));
    }
    for disk in disks {
        rules.extend(of_disk(disk)?);
    }
    if !disks.is_empty() {
        let operations = [libc::FUTEX_WAIT_BITSET, libc::FUTEX_WAKE];
        let operations =
            operations.map(|it| u64::from((it | libc::FUTEX_PRIVATE_FLAG).cast_unsigned()));
        let rules_of_futex = operations.map(|operation| rule(&[(1, operation)]));
        rules.push((libc::SYS_futex, rules_of_futex.into_iter().collect::<Result<_, _>>()?));
    }
    Ok(rules)
}

/// Returns what a disk needs: whole requests within its file, and holes in it.
fn of_disk(disk: &DiskFile) -> Result<Rules, Error> {
    let descriptor = u64::from(disk.descriptor.cast_unsigned());
    let moves = [0, libc::RWF_NOWAIT].map(|flags| -> Result<SeccompRule, Error> {
        let mut conditions =
            equal(&[(0, descriptor), (2, 1), (5, u64::from(flags.cast_unsigned()))])?;
        conditions.push(condition(SeccompCondition::new(3, Qword, Lt, disk.size_bytes))?);
        all_of(conditions)
    });
    let moves: Vec<_> = moves.into_iter().collect::<Result<_, _>>()?;
    let mut rules = vec![(libc::SYS_preadv2, moves.clone())];
    if disk.is_writable {
        let hole =
            u64::from((libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE).cast_unsigned());
        rules.push((libc::SYS_pwritev2, moves));
        rules.push((libc::SYS_fdatasync, vec![rule(&[(0, descriptor)])?]));
        rules.push((libc::SYS_fallocate, vec![rule(&[(0, descriptor), (1, hole)])?]));
    }
    Ok(rules)
}

/// Allows a call whose first argument is one of `descriptors`, of which there is one at least.
pub fn on(descriptors: &[i32]) -> Result<Vec<SeccompRule>, Error> {
    descriptors
        .iter()
        .map(|descriptor| rule(&[(0, u64::from(descriptor.cast_unsigned()))]))
        .collect()
}

/// Allows a call whose arguments are all as given: index and value.
pub fn rule(arguments: &[(u8, u64)]) -> Result<SeccompRule, Error> {
    all_of(equal(arguments)?)
}

fn equal(arguments: &[(u8, u64)]) -> Result<Vec<SeccompCondition>, Error> {
    let conditions = arguments.iter();
    conditions
        .map(|(index, value)| condition(SeccompCondition::new(*index, Dword, Eq, *value)))
        .collect()
}

fn all_of(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, Error> {
    SeccompRule::new(conditions).map_err(|error| cannot(&error))
}

fn condition(made: Result<SeccompCondition, BackendError>) -> Result<SeccompCondition, Error> {
    made.map_err(|error| cannot(&error))
}

fn cannot(error: &BackendError) -> Error {
    Error::unavailable(format_args!("cannot make a filter: {error}"))
}
