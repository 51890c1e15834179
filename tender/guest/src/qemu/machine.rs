//! The machines of QEMU.

/// A machine of QEMU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// Nothing but a processor, a serial port and virtio over memory: starts quickest.
    Microvm,
    /// A PC with a PCI bus.
    Q35,
}

/// Which of virtio's devices it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A network card.
    Net,
    /// A disk.
    Block,
    /// The source of random numbers.
    Random,
}

/// The first free slot of q35's bus; in slot 0 is the bus itself.
const SLOT_FIRST: usize = 1;

impl Machine {
    /// Returns the first that has room for `device_count` devices, or else that with the most.
    #[must_use]
    pub const fn with_room(device_count: usize) -> Self {
        if device_count <= Self::Microvm.room() { Self::Microvm } else { Self::Q35 }
    }

    /// Returns how many devices there may be besides the source of random numbers.
    #[must_use]
    pub const fn room(self) -> usize {
        match self {
            Self::Microvm => 7,
            Self::Q35 => 29,
        }
    }

    /// Returns the most bytes of a command line that arrive.
    #[must_use]
    pub const fn text_bytes_max(self) -> usize {
        match self {
            Self::Microvm => usize::MAX,
            // What its boot ROM has room for, less a zero.
            Self::Q35 => 4095,
        }
    }

    /// Returns the options that make QEMU be it.
    pub(super) const fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // Without ACPI the machine says by words on the guest's command line where its devices are.
            Self::Microvm => &[
                (
                    "-M",
                    "microvm,acpi=off,pic=off,pit=off,rtc=on,isa-serial=on,auto-kernel-cmdline=on",
                ),
                ("-global", "virtio-mmio.force-legacy=false"),
            ],
            Self::Q35 => &[("-M", "q35")],
        }
    }

    /// Returns the device `index`, as QEMU is told of it; they stand on the bus in this order.
    pub(super) fn device(self, kind: Kind, index: usize) -> String {
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
        for (count, expected) in
            [(0, Machine::Microvm), (7, Machine::Microvm), (8, Machine::Q35), (30, Machine::Q35)]
        {
            assert_eq!(Machine::with_room(count), expected, "{count}");
        }
    }
}
