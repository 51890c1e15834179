//! The fences of this tender: those of all tenders, and the machine's own calls.
//!
//! | call | on | why |
//! | --- | --- | --- |
//! | `ioctl` `KVM_RUN` | the processor | running the guest |
//! | `ioctl` `KVM_GET_REGS`, `KVM_GET_SREGS` | the processor | reporting a crash |

use sarab_hvt::Cage;
use sarab_monitor::{
    Error, Tender,
    fence::{self, calls},
};

/// Requests of KVM (Linux, `include/uapi/linux/kvm.h`).
const KVM_RUN: u64 = 0xae80;
const KVM_GET_REGS: u64 = 0x8090_ae81;
const KVM_GET_SREGS: u64 = 0x8138_ae83;

/// Shuts the tender in.
pub(super) fn shut(tender: &Tender, cage: &Cage) -> Result<(), Error> {
    let mut rules = calls::common(&tender.descriptors())?;
    let processor = u64::from(cage.descriptor().cast_unsigned());
    let requests = [KVM_RUN, KVM_GET_REGS, KVM_GET_SREGS];
    let requests = requests.map(|request| calls::rule(&[(0, processor), (1, request)]));
    rules.push((libc::SYS_ioctl, requests.into_iter().collect::<Result<_, _>>()?));
    fence::shut(rules)
}
