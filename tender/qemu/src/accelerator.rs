//! What runs the instructions of the guest.

use std::{
    fs::{self, OpenOptions},
    path::Path,
};

use sarab_guest::qemu::Accelerator;

/// Returns the best one that this host has.
pub(crate) fn choose() -> Accelerator {
    Host::look().best()
}

/// What was found on the host.
#[derive(Clone, Debug)]
struct Host {
    /// Whether `/dev/kvm` can be opened.
    opens_kvm: bool,
    /// Whether the processor's part of KVM is there.
    has_part_of_processor: bool,
    /// `/proc/cpuinfo`.
    processors: String,
}

impl Host {
    fn look() -> Self {
        let parts = ["/sys/module/kvm_intel", "/sys/module/kvm_amd"];
        Self {
            opens_kvm: OpenOptions::new().read(true).write(true).open("/dev/kvm").is_ok(),
            has_part_of_processor: parts.iter().any(|part| Path::new(part).exists()),
            processors: fs::read_to_string("/proc/cpuinfo").unwrap_or_default(),
        }
    }

    /// KVM without virtualisation in hardware emulates what runs in ring 0: slower by far than the translator,
    /// and not all of it.
    fn best(&self) -> Accelerator {
        let flags = self.processors.lines().find_map(|line| {
            let (name, flags) = line.split_once(':')?;
            (name.trim_end() == "flags").then_some(flags)
        });
        let mut flags = flags.unwrap_or_default().split_whitespace();
        let has_virtualisation = flags.any(|flag| matches!(flag, "vmx" | "svm"));
        let is_fast = self.opens_kvm && self.has_part_of_processor && has_virtualisation;
        if is_fast { Accelerator::Kvm } else { Accelerator::Tcg }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kvm_is_taken_with_hardware_only() {
        let of = |opens_kvm, has_part_of_processor, flags: &str| {
            let processors = format!("processor\t: 0\nflags\t\t: fpu {flags} sse\nbugs\t\t: svm\n");
            Host { opens_kvm, has_part_of_processor, processors }.best()
        };
        for (opens_kvm, has_part, flags, expected) in [
            (true, true, "vmx", Accelerator::Kvm),
            (true, true, "svm", Accelerator::Kvm),
            (false, true, "vmx", Accelerator::Tcg),
            (true, false, "vmx", Accelerator::Tcg),
            (true, true, "", Accelerator::Tcg),
            (true, true, "svm_lock vmxnet", Accelerator::Tcg),
        ] {
            assert_eq!(of(opens_kvm, has_part, flags), expected, "{opens_kvm} {has_part} {flags}");
        }
    }

    #[test]
    fn a_host_that_says_nothing_of_its_processor_has_none() {
        let host = Host { opens_kvm: true, has_part_of_processor: true, processors: String::new() };
        assert_eq!(host.best(), Accelerator::Tcg);
    }
}
