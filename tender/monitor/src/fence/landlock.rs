//! Landlock (`landlock(7)`): what a thread, and those that it starts, can reach of the host by name.
//!
//! The kernel is asked for the newest set of rights that is known here, and for an older one where it does
//! not know that. So a kernel that is new enough is asked once. None of the rights is granted for anything.

use std::io;

/// Rights to handle, which are denied with that (Linux, `struct landlock_ruleset_attr`).
#[repr(C)]
struct Rights {
    files: u64,
    ports: u64,
    scopes: u64,
}

/// The sets of rights that kernels know, the newest first: each has the lowest bits of the one before.
const SETS: [Rights; 6] = [
    Rights { files: bits(16), ports: bits(2), scopes: bits(2) },
    Rights { files: bits(16), ports: bits(2), scopes: 0 },
    Rights { files: bits(15), ports: bits(2), scopes: 0 },
    Rights { files: bits(15), ports: 0, scopes: 0 },
    Rights { files: bits(14), ports: 0, scopes: 0 },
    Rights { files: bits(13), ports: 0, scopes: 0 },
];

const fn bits(count: u32) -> u64 {
    (1 << count) - 1
}

/// Denies this thread whatever Landlock can deny on this host, which may be nothing. The thread has given up
/// new privileges before.
pub(super) fn restrict() -> io::Result<()> {
    for rights in &SETS {
        match create(rights) {
            Ok(ruleset) => return enforce(ruleset),
            Err(error) => match error.raw_os_error() {
                // The kernel has no Landlock, or it is switched off.
                Some(libc::ENOSYS | libc::EOPNOTSUPP) => return Ok(()),
                // It knows fewer rights.
                Some(libc::EINVAL | libc::E2BIG) => {}
                _ => return Err(error),
            },
        }
    }
    Ok(())
}

fn create(rights: &Rights) -> io::Result<i64> {
    // SAFETY: the kernel reads that many bytes of our own.
    let ruleset =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, rights, size_of::<Rights>(), 0) };
    done(ruleset)
}

/// Enforces a ruleset. It stays open: nothing can be done with it behind the fence, and to close it would be
/// one more call.
fn enforce(ruleset: i64) -> io::Result<()> {
    // SAFETY: the call takes no pointer.
    done(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0) }).map(drop)
}

fn done(answer: i64) -> io::Result<i64> {
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

#[cfg(test)]
mod tests {
    use std::{fs::File, net::TcpListener, thread};

    use super::*;

    #[test]
    fn each_set_of_rights_is_in_the_one_before() {
        assert!(SETS.windows(2).all(|pair| {
            let [newer, older] = pair else { return false };
            older.files & !newer.files == 0
                && older.ports & !newer.ports == 0
                && older.scopes & !newer.scopes == 0
        }));
    }

    /// Nothing is denied where the host has no Landlock.
    #[test]
    fn a_thread_that_is_restricted_opens_no_file_and_no_port() {
        let has_landlock = create(&SETS[0]).is_ok();
        let restricted = thread::spawn(|| {
            super::super::give_up_privileges().unwrap();
            restrict().unwrap();
            (File::open("/proc/self/stat").is_err(), TcpListener::bind("127.0.0.1:0").is_err())
        });
        assert_eq!(restricted.join().unwrap(), (has_landlock, has_landlock));
        assert!(File::open("/proc/self/stat").is_ok());
    }
}
