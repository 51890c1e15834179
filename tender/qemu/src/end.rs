//! With which status a machine has ended.

use std::{os::unix::process::ExitStatusExt as _, process::ExitStatus};

use sarab_abi::Status;

/// How a machine has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    /// The last status that the guest has said.
    pub(crate) status: Option<u8>,
    /// Whether a crash was reported.
    pub(crate) has_crash: bool,
    /// Whether anything came from the serial port.
    pub(crate) has_spoken: bool,
    /// How QEMU has ended.
    pub(crate) qemu: ExitStatus,
}

/// QEMU's status where it cannot start a machine. A guest that ends it by port 0xf4 with a zero makes it end so,
/// too, but has said its status before.
const NOT_STARTED: i32 = 1;

impl End {
    /// Returns the status of the tender, and what is to be said about it.
    pub(crate) fn decide(self) -> (u8, Option<String>) {
        if let Some(status) = self.status {
            return (status, None);
        }
        if self.has_crash {
            return (Status::Fault as u8, None);
        }
        match (self.qemu.signal(), self.qemu.code()) {
            (Some(signal), _) => {
                let status = u8::try_from(128 + signal).unwrap_or(u8::MAX);
                (status, Some(format!("QEMU was ended by signal {signal}")))
            }
            (None, Some(NOT_STARTED)) if !self.has_spoken => {
                (Status::Unavailable as u8, Some("QEMU has not started the machine".into()))
            }
            _ => (1, Some("the machine ended without a status".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `wait(2)` says of a process that has ended by itself.
    fn by_itself(code: i32) -> ExitStatus {
        ExitStatus::from_raw(code << 8)
    }

    #[test]
    fn the_guests_word_goes_before_all() {
        for qemu in [by_itself(0), by_itself(1), by_itself(85), ExitStatus::from_raw(9)] {
            for (has_crash, has_spoken) in [(false, false), (true, false), (false, true)] {
                let end = End { status: Some(42), has_crash, has_spoken, qemu };
                assert_eq!(end.decide(), (42, None));
            }
        }
    }

    #[test]
    fn without_it_the_streams_and_qemu_tell() {
        let (silent, loud) = ("the machine ended without a status", "QEMU was ended by signal 9");
        let killed = ExitStatus::from_raw(9);
        for (has_crash, has_spoken, qemu, status, said) in [
            (true, false, by_itself(0), 104, None),
            (true, true, by_itself(1), 104, None),
            (false, false, by_itself(1), 69, Some("QEMU has not started the machine")),
            (false, true, by_itself(1), 1, Some(silent)),
            (false, false, by_itself(0), 1, Some(silent)),
            (false, false, by_itself(3), 1, Some(silent)),
            (false, true, killed, 137, Some(loud)),
        ] {
            let end = End { status: None, has_crash, has_spoken, qemu };
            assert_eq!(end.decide(), (status, said.map(Into::into)));
        }
    }
}
