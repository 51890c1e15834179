//! The system calls that a tender needs while its guest runs, and why.
//!
//! | call | on | why |
//! | --- | --- | --- |
//! | `write` | standard output, standard error, the bell | the guest's console; crash reports; the disks' threads say that they are done |
//! | `ppoll` | | waiting; what may be waited for cannot be bound, and waiting does nothing else |
//! | `clock_gettime` | | the clock, on hosts where it is a system call |
//! | `rt_sigreturn` | | the end of a signal handler |
//! | `exit_group` | | the end |
//! | `read` | each tap, the bell | frames; silencing the bell |
//! | `writev` | each tap | frames |
//! | `ioctl` `TUNSETOFFLOAD` | each tap | whether frames come finished |
//! | `preadv2`, `pwritev2`, `fdatasync`, `fallocate` | each disk's file | sectors |
//! | `futex` | | the disks' threads wait for work; only with disks |
//!
//! An argument that is a descriptor is compared as 32 bits, which is what the kernel uses of it.

use seccompiler::{SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, SeccompCondition, SeccompRule};

use super::Rules;
use crate::{Error, tender::Descriptors};

/// The request for the form of frames (Linux, `include/uapi/linux/if_tun.h`).
const TUNSETOFFLOAD: u64 = 0x4004_54d0;

/// Returns what every tender needs.
pub fn common(descriptors: &Descriptors) -> Result<Rules, Error> {
    let Descriptors { bell, ref cards, ref disks } = *descriptors;
    let (output, error) = (libc::STDOUT_FILENO, libc::STDERR_FILENO);
    let mut rules: Rules = vec![
        (libc::SYS_write, on(&[output, error, bell])?),
        (libc::SYS_ppoll, Vec::new()),
        (libc::SYS_clock_gettime, Vec::new()),
        (libc::SYS_rt_sigreturn, Vec::new()),
        (libc::SYS_exit_group, Vec::new()),
    ];
    rules.push((libc::SYS_read, on(&[&[bell], &cards[..]].concat())?));
    if !cards.is_empty() {
        rules.push((libc::SYS_writev, on(cards)?));
        let forms = cards.iter().map(|card| u64::from(card.cast_unsigned()));
        let forms = forms.map(|card| rule(&[(0, card), (1, TUNSETOFFLOAD)]));
        rules.push((libc::SYS_ioctl, forms.collect::<Result<_, _>>()?));
    }
    if !disks.is_empty() {
        let calls =
            [libc::SYS_preadv2, libc::SYS_pwritev2, libc::SYS_fdatasync, libc::SYS_fallocate];
        for call in calls {
            rules.push((call, on(disks)?));
        }
        rules.push((libc::SYS_futex, Vec::new()));
    }
    Ok(rules)
}

/// Allows a call whose first argument is one of `descriptors`.
pub fn on(descriptors: &[i32]) -> Result<Vec<SeccompRule>, Error> {
    descriptors
        .iter()
        .map(|descriptor| rule(&[(0, u64::from(descriptor.cast_unsigned()))]))
        .collect()
}

/// Allows a call whose arguments are all as given: index and value.
pub fn rule(arguments: &[(u8, u64)]) -> Result<SeccompRule, Error> {
    let conditions =
        arguments.iter().map(|(index, value)| SeccompCondition::new(*index, Dword, Eq, *value));
    let conditions = conditions.collect::<Result<_, _>>();
    conditions
        .and_then(SeccompRule::new)
        .map_err(|error| Error::unavailable(format_args!("cannot make a filter: {error}")))
}
