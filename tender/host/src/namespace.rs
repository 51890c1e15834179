//! A network of one's own, with or without root (`user_namespaces(7)`, `network_namespaces(7)`).

use std::{fs, io};

use rustix::{
    io::Errno,
    process::{getgid, getuid},
    thread::{UnshareFlags, unshare_unsafe},
};
use sarab_runtime::{Failure, Status};

const WITHOUT_ONE: &str =
    "run as root, or attach each card to a tap that root has made, with `--net NAME=tap:DEVICE`";

/// Moves this process, which has one thread, into a new network namespace, as its root.
///
/// Root of the host only needs the network; anybody else becomes root of a user namespace that
/// knows nobody else, and keeps the own rights to files.
pub(crate) fn enter() -> Result<(), Failure> {
    match unshare(UnshareFlags::NEWNET) {
        Ok(()) => Ok(()),
        Err(Errno::PERM) => as_a_user(),
        Err(error) => Err(refuse(&error.into())),
    }
}

fn as_a_user() -> Result<(), Failure> {
    let (user, group) = (getuid().as_raw(), getgid().as_raw());
    unshare(UnshareFlags::NEWUSER | UnshareFlags::NEWNET).map_err(|error| refuse(&error.into()))?;
    // A group may be mapped without privileges only where groups cannot be dropped.
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("0 {user} 1")),
        ("gid_map", format!("0 {group} 1")),
    ] {
        fs::write(format!("/proc/self/{file}"), text).map_err(|error| refuse(&error))?;
    }
    Ok(())
}

fn unshare(flags: UnshareFlags) -> Result<(), Errno> {
    // SAFETY: the flags are of namespaces only. What makes the call unsafe is a table of files that
    // threads no longer share, and that stays as it is.
    unsafe { unshare_unsafe(flags) }
}

/// Says why a user may make no namespace here, or may do nothing in it, as far as the host tells.
pub(crate) fn refuse(error: &io::Error) -> Failure {
    let text = format!("cannot make a private network: {error}; {}{WITHOUT_ONE}", way_out());
    Failure::new(text).with_status(Status::UNAVAILABLE)
}

fn way_out() -> String {
    let switches = [
        ("kernel.unprivileged_userns_clone", "0", "1"),
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
        ("user.max_user_namespaces", "0", "10000"),
        ("user.max_net_namespaces", "0", "10000"),
    ];
    let off = switches.iter().find(|(name, off, _)| setting(name).is_some_and(|it| it == *off));
    off.map(|(name, _, on)| {
        format!("this host keeps users from it, allow it with `sysctl -w {name}={on}`, or ")
    })
    .unwrap_or_default()
}

fn setting(name: &str) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/sys/{}", name.replace('.', "/"))).ok()?;
    Some(text.trim().to_owned())
}

/// Makes `tap` learn quickly where the guest is, and keeps the host's own chatter off it.
///
/// A guest attaches itself some milliseconds after the first client has come, and the kernel would
/// ask for its address once a second. A host that does not let this be set is only slower.
pub(crate) fn tune(tap: &str) {
    for (file, value) in [
        (format!("ipv4/neigh/{tap}/retrans_time_ms"), "20"),
        (format!("ipv6/conf/{tap}/disable_ipv6"), "1"),
    ] {
        let _ = fs::write(format!("/proc/sys/net/{file}"), value);
    }
}

#[cfg(test)]
mod tests {
    use std::{os::unix::process::CommandExt as _, process::Command};

    use super::*;

    /// What a process in the namespace says of itself: who it is, and its network devices.
    fn inside() -> io::Result<String> {
        let mut command = Command::new("sh");
        command.args(["-c", "id -u; cat /proc/net/dev | tail -n +3 | cut -d: -f1"]);
        // SAFETY: the child has one thread; it allocates, which the C library allows after a fork.
        unsafe { command.pre_exec(|| enter().map_err(|_| io::ErrorKind::Unsupported.into())) };
        Ok(String::from_utf8_lossy(&command.output()?.stdout).split_whitespace().collect())
    }

    #[test]
    fn whoever_enters_is_root_of_an_empty_network() {
        match inside() {
            Ok(said) => assert_eq!(said, "0lo"),
            Err(error) => sarab_skip::skip(&format!("no namespace can be made here: {error}")),
        }
    }
}
