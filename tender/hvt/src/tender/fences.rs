//! The fences of this tender: those of all tenders, and the machine's own calls.
//!
//! | call | on | why |
//! | --- | --- | --- |
//! | `ioctl` `KVM_RUN` | the processor | running the guest |
//! | `ioctl` `KVM_GET_REGS`, `KVM_GET_SREGS` | the processor | reporting a crash |
//!
//! And where there is a debugger:
//!
//! | call | on | why |
//! | --- | --- | --- |
//! | `recvfrom`, `sendto`, `close` | its connection | talking |
//! | `ioctl` `KVM_SET_REGS`, `KVM_SET_SREGS`, `KVM_GET_FPU`, `KVM_SET_FPU` | the processor | changing and going on, reading the rest |

use sarab_hvt::Cage;
use sarab_monitor::{
    Error, Tender,
    fence::{self, calls},
};
use seccompiler::SeccompRule;

use super::debug::Debugger;

/// Requests of KVM (Linux, `include/uapi/linux/kvm.h`).
const KVM_RUN: u64 = 0xae80;
const KVM_GET_REGS: u64 = 0x8090_ae81;
const KVM_SET_REGS: u64 = 0x4090_ae82;
const KVM_GET_SREGS: u64 = 0x8138_ae83;
const KVM_SET_SREGS: u64 = 0x4138_ae84;
const KVM_GET_FPU: u64 = 0x81a0_ae8c;
const KVM_SET_FPU: u64 = 0x41a0_ae8d;

/// Shuts the tender in.
pub(super) fn shut(tender: &Tender, cage: &Cage, debugger: Option<&Debugger>) -> Result<(), Error> {
    let mut rules = calls::common(&tender.descriptors())?;
    rules.push(machine(cage, &[KVM_RUN, KVM_GET_REGS, KVM_GET_SREGS])?);
    if let Some(debugger) = debugger {
        rules.push(machine(cage, &[KVM_SET_REGS, KVM_SET_SREGS, KVM_GET_FPU, KVM_SET_FPU])?);
        for call in [libc::SYS_recvfrom, libc::SYS_sendto, libc::SYS_close] {
            rules.push((call, calls::on(&[debugger.descriptor()])?));
        }
    }
    fence::shut(rules)
}

/// Allows `requests` on the processor.
fn machine(cage: &Cage, requests: &[u64]) -> Result<(i64, Vec<SeccompRule>), Error> {
    let processor = u64::from(cage.descriptor().cast_unsigned());
    let requests = requests.iter().map(|request| calls::rule(&[(0, processor), (1, *request)]));
    Ok((libc::SYS_ioctl, requests.collect::<Result<_, _>>()?))
}
