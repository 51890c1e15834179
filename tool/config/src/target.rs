//! The target: the place that a unikernel is built for.

use sarab_compose::{Impl, Job, Key, Kind, Unikernel, choices, key, match_};

choices! {
    /// A place to run.
    pub enum Target {
        /// An ordinary process.
        Unix = "unix",
        /// A process that may make a handful of system calls.
        Spt = "spt",
        /// A KVM guest without a ring 0.
        Hvt = "hvt",
        /// A guest of a virtio monitor, such as QEMU.
        Virtio = "virtio",
        /// A PVH guest of Xen.
        Xen = "xen",
    }
}

/// Declares the key `target`, which is there even where nothing depends on it: `-t hvt`,
/// `--target hvt` or just `--hvt`.
#[track_caller]
#[must_use]
pub fn target() -> Key<Target> {
    key::<Target>("target")
        .doc("The place to run.")
        .value_name("TARGET")
        .configure()
        .ungrouped()
        .alias("t")
        .alias_value("unix", Target::Unix)
        .alias_value("spt", Target::Spt)
        .alias_value("hvt", Target::Hvt)
        .alias_value("virtio", Target::Virtio)
        .alias_value("xen", Target::Xen)
        .default(Target::Unix)
}

/// Chooses by the target: `process` on `unix`, `guest` on all others.
#[track_caller]
pub(crate) fn on_target<K: Kind>(process: Impl<K>, guest: Impl<K>) -> Impl<K> {
    by_machine(process, Guests { tender: guest.clone(), virtio: guest.clone(), xen: guest })
}

/// What stands for a device on each kind of guest.
pub(crate) struct Guests<K: Kind> {
    /// On `spt` and `hvt`.
    pub(crate) tender: Impl<K>,
    /// On `virtio`.
    pub(crate) virtio: Impl<K>,
    /// On `xen`.
    pub(crate) xen: Impl<K>,
}

/// Chooses by the target: `process` on `unix`, and on each other the device that its machine has.
#[track_caller]
pub(crate) fn by_machine<K: Kind>(process: Impl<K>, guests: Guests<K>) -> Impl<K> {
    let Guests { tender, virtio, xen } = guests;
    let cases = [
        (Target::Unix, process),
        (Target::Spt, tender.clone()),
        (Target::Hvt, tender),
        (Target::Virtio, virtio),
        (Target::Xen, xen),
    ];
    match_(&target(), cases).exhaustive()
}

/// Answers the tool that started this program with the plan of `jobs`, for whatever target the
/// tool asks for; the last word of a `config.rs`, said once.
///
/// Started by hand the program says so on standard error and exits with 2.
#[track_caller]
pub fn register(name: &str, jobs: impl IntoIterator<Item = Job>) {
    Unikernel::new(name, jobs).key(&target()).register();
}
