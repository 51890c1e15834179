//! Opens `/dev/kvm`, or says what to do about it.

pub use kvm_ioctls::Kvm;

use kvm_ioctls::Cap;
use rustix::io::Errno;
use std::{arch::x86_64::__cpuid, fmt, io};

/// The only version that there has been since Linux 2.6.22.
const VERSION: i32 = 12;

/// What a cage needs.
const NEEDED: [(Cap, &str); 3] = [
    (Cap::UserMemory, "KVM_CAP_USER_MEMORY"),
    (Cap::ExtCpuid, "KVM_CAP_EXT_CPUID"),
    (Cap::ImmediateExit, "KVM_CAP_IMMEDIATE_EXIT"),
];

/// Opens KVM and looks whether it can make a [`Cage`](crate::Cage).
pub fn open() -> Result<Kvm, OpenError> {
    let kvm = Kvm::new().map_err(|error| OpenError::new(error.into()))?;
    let version = kvm.get_api_version();
    if version != VERSION {
        return Err(OpenError::Version(version));
    }
    match NEEDED.iter().find(|(capability, _)| !kvm.check_extension(*capability)) {
        Some((_, name)) => Err(OpenError::Missing(name)),
        None => Ok(kvm),
    }
}

/// Whether this processor cannot run machines by itself, so that KVM does in software.
///
/// Exits then cost some ten times more. The guest's own instructions do not.
#[must_use]
pub fn is_software() -> bool {
    const VMX: u32 = 1 << 5;
    const SVM: u32 = 1 << 2;
    let has_vmx = __cpuid(1).ecx & VMX != 0;
    let has_svm = __cpuid(0x8000_0001).ecx & SVM != 0;
    !has_vmx && !has_svm
}

/// Why KVM cannot be used.
#[derive(Debug)]
pub enum OpenError {
    /// There is no `/dev/kvm`, or nothing behind it.
    Absent,
    /// It is not for this user.
    Forbidden,
    /// It speaks another version of its API.
    Version(i32),
    /// It cannot do what a cage needs.
    Missing(&'static str),
    /// It cannot be opened for another reason.
    Failed(io::Error),
}

impl OpenError {
    fn new(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::NOENT | Errno::NODEV | Errno::NXIO) => Self::Absent,
            Some(Errno::ACCESS | Errno::PERM) => Self::Forbidden,
            _ => Self::Failed(error),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`/dev/kvm` ")?;
        match self {
            Self::Absent => f.write_str(
                "is not there: turn on virtualisation in the firmware, or nested virtualisation \
                 where this is a virtual machine, and load `kvm_intel` or `kvm_amd`",
            ),
            Self::Forbidden => f.write_str(
                "is not for you: add yourself to group kvm (`sudo usermod -aG kvm $USER`) and log \
                 in again",
            ),
            Self::Version(version) => {
                write!(f, "speaks version {version}, and not {VERSION}: boot a newer kernel")
            }
            Self::Missing(name) => write!(f, "has no {name}: boot Linux 4.12 or newer"),
            Self::Failed(error) => write!(f, "cannot be opened: {error}"),
        }?;
        f.write_str("; `-t spt` runs the same image without it")
    }
}

impl std::error::Error for OpenError {}
