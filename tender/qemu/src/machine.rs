//! The machines of QEMU.

use sarab_monitor::Error;

/// A machine of QEMU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    /// Nothing but a processor, a serial port and virtio over memory: starts quickest.
    Microvm,
    /// A PC with a PCI bus.
    Q35,
}

/// Which of virtio's devices it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A network card.
    Net,
    /// A disk.
    Block,
    /// The source of random numbers.
    Random,
}

/// The first free slot of q35's bus; in slot 0 is the bus itself.
const SLOT_FIRST: usize = 1;

/// Bytes of a command line that q35 passes on: what its boot ROM has room for, less a zero.
const TEXT_BYTES_MAX: usize = 4095;

impl Machine {
    /// Returns `wanted`, or the first that has room for `device_count` devices.
    pub(crate) fn choose(wanted: Option<Self>, device_count: usize) -> Result<Self, Error> {
        let has_room = |machine: &Self| machine.room() >= device_count;
        let all = wanted.map_or_else(|| vec![Self::Microvm, Self::Q35], |it| vec![it]);
        all.into_iter().find(has_room).ok_or_else(|| {
            let most = wanted.unwrap_or(Self::Q35).room();
            let way_out = if most < Self::Q35.room() { "; take `--machine q35`" } else { "" };
            Error::usage(format_args!(
                "the image asks for {device_count} devices, and the machine has room for {most}{way_out}"
            ))
        })
    }

    /// Returns how many devices there may be besides the source of random numbers.
    const fn room(self) -> usize {
        match self {
            Self::Microvm => 7,
            Self::Q35 => 29,
        }
    }

    /// Checks that a command line arrives whole.
    pub(crate) fn check_text(self, text: &str) -> Result<(), Error> {
        match self {
            Self::Q35 if text.len() > TEXT_BYTES_MAX => Err(Error::usage(format_args!(
                "the words for the guest have {} bytes, and q35 passes on {TEXT_BYTES_MAX}; take `--machine microvm`",
                text.len()
            ))),
            _ => Ok(()),
        }
    }

    /// Returns the words for QEMU.
    pub(crate) fn words(self) -> Vec<&'static str> {
        match self {
            // Without ACPI the machine says by words on the guest's command line where its devices are.
            Self::Microvm => vec![
                "-M",
                "microvm,acpi=off,pic=off,pit=off,rtc=on,isa-serial=on,auto-kernel-cmdline=on",
                "-global",
                "virtio-mmio.force-legacy=false",
            ],
            Self::Q35 => vec!["-M", "q35"],
        }
    }

    /// Returns the device `index`, as QEMU is told of it; they stand on the bus in this order.
    pub(crate) fn device(self, kind: Kind, index: usize) -> String {
        let name = kind.name();
        match self {
            Self::Microvm => format!("virtio-{name}-device,bus=virtio-mmio-bus.{index}"),
            Self::Q35 => {
                let slot = SLOT_FIRST + index;
                // The card needs no program to boot from the network, which QEMU may lack.
                let rom = if kind == Kind::Net { ",romfile=" } else { "" };
                format!("virtio-{name}-pci,bus=pcie.0,addr={slot:#x},disable-legacy=on{rom}")
            }
        }
    }
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Net => "net",
            Self::Block => "blk",
            Self::Random => "rng",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_machine_with_room_is_taken() {
        let choose = |wanted, count| Machine::choose(wanted, count).map_err(|it| it.to_string());
        assert_eq!(choose(None, 7), Ok(Machine::Microvm));
        assert_eq!(choose(None, 8), Ok(Machine::Q35));
        assert_eq!(choose(Some(Machine::Q35), 0), Ok(Machine::Q35));
        let text = |count: usize, most, way_out| {
            Err(format!(
                "the image asks for {count} devices, and the machine has room for {most}{way_out}"
            ))
        };
        assert_eq!(choose(Some(Machine::Microvm), 8), text(8, 7, "; take `--machine q35`"));
        assert_eq!(choose(None, 30), text(30, 29, ""));
    }

    #[test]
    fn a_command_line_that_would_be_cut_is_refused() {
        let is_good = |machine: Machine, bytes| machine.check_text(&"x".repeat(bytes)).is_ok();
        assert!(is_good(Machine::Q35, 4095) && !is_good(Machine::Q35, 4096));
        assert!(is_good(Machine::Microvm, 65536));
    }
}
