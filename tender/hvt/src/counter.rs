//! The time-stamp counter of the guest, made that of the host.
//!
//! A new processor counts from zero; but the tender tells its guest the time as values of the host's
//! counter, so the guest must read the same one.

use std::{arch::x86_64::_rdtsc, os::fd::AsRawFd};

use kvm_bindings::{KVM_VCPU_TSC_CTRL, KVM_VCPU_TSC_OFFSET, Msrs, kvm_device_attr, kvm_msr_entry};
use kvm_ioctls::VcpuFd;

/// `KVM_SET_DEVICE_ATTR` (Linux, `include/uapi/linux/kvm.h`).
const SET_DEVICE_ATTR: libc::Ioctl = 0x4018_aee1;

/// The register of the counter (Intel SDM volume 4).
const IA32_TSC: u32 = 0x10;

/// Lets the guest of `processor` read the host's counter.
///
/// Since Linux 5.16 its distance from the host's can be set, to nothing. Before, the counter itself is set,
/// and then lags behind by the microseconds that setting it takes. A KVM that knows neither shows the
/// host's counter anyway, as it has no means to show another.
pub(crate) fn align(processor: &VcpuFd) {
    let offset = 0_u64;
    let attribute = kvm_device_attr {
        group: KVM_VCPU_TSC_CTRL,
        attr: KVM_VCPU_TSC_OFFSET.into(),
        addr: (&raw const offset).expose_provenance() as u64,
        flags: 0,
    };
    // SAFETY: KVM reads the attribute, and eight bytes at its address.
    let set = unsafe { libc::ioctl(processor.as_raw_fd(), SET_DEVICE_ATTR, &raw const attribute) };
    if set == 0 || crate::kvm::is_software() {
        return;
    }
    // SAFETY: reading the counter has no effect on memory.
    let data = unsafe { _rdtsc() };
    let entry = kvm_msr_entry { index: IA32_TSC, data, ..kvm_msr_entry::default() };
    if let Ok(entries) = Msrs::from_entries(&[entry]) {
        // Where it fails the guest's time runs from ring to ring only, and is right at each.
        let _ = processor.set_msrs(&entries);
    }
}
