//! The words of `config.rs` for disks over disks.

use std::string::String;

use sarab_compose::{Expression, Impl, Key, crate_here, device, expression, key};
use sarab_device::describe::Block;
use sarab_key::Size;

/// Partition `number` of the disk `block`, counted from 1: [`Partition`](crate::Partition).
#[track_caller]
#[must_use]
pub fn partition(block: &Impl<Block>, number: u32) -> Impl<Block> {
    device::<fn(Block, Expression) -> Block>("sarab_disk::Partition::open")
        .label(std::format!("partition {number}"))
        .needs(crate_here!())
        .of((block.clone(), expression(std::format!("{number}"))))
}

/// Declares the key `cache`: the memory of each cache, 4 MiB unless another is given when booting.
#[track_caller]
#[must_use]
pub fn cache() -> Key<Size> {
    key::<Size>("cache")
        .doc("Memory of the cache before a disk.")
        .default(Size::from_bytes(4 << 20))
}

/// The disk `block` behind a write-back cache of the size that the key [`cache`] says:
/// [`Cache`](crate::Cache).
///
/// One key speaks for all caches. In a [`group`](sarab_compose::group) they have one of their own.
#[track_caller]
#[must_use]
pub fn cached(block: &Impl<Block>) -> Impl<Block> {
    let cached = device::<fn(Block, Size) -> Block>("sarab_disk::Cache::new").make();
    cached.label("write-back cache").needs(crate_here!()).of((block.clone(), cache()))
}

/// The encrypted disk that `block` holds, opened by the passphrase that a key says:
/// [`Encrypted`](crate::Encrypted).
///
/// The key should be one of booting, so that the passphrase is in no file of the build:
/// `key::<String>("passphrase").doc("Opens the disk.").boot()`.
#[track_caller]
#[must_use]
pub fn encrypted(block: &Impl<Block>, passphrase: &Key<String>) -> Impl<Block> {
    device::<fn(Block, String) -> Block>("sarab_disk::Encrypted::open")
        .label("encrypted disk")
        .needs(crate_here!())
        .of((block.clone(), passphrase.clone()))
}

#[cfg(test)]
mod tests {
    use sarab_compose::{Inputs, Unikernel, job, plan::Constructor, protocol::Mode};

    use super::*;

    #[test]
    fn each_word_names_the_constructor_of_its_disk() {
        let raw = device::<fn() -> Block>("disk::Raw::new").make().of(());
        let passphrase = key::<String>("passphrase").doc("Opens the disk.").boot().required();
        let disks = cached(&encrypted(&partition(&raw, 2), &passphrase));
        let job = job::<fn(Block)>("start").of(disks);
        let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
        let plan = Unikernel::new("disks", [job]).evaluate(&inputs).unwrap();
        let constructors: std::vec::Vec<_> =
            plan.devices.iter().map(|device| device.constructor.clone()).collect();
        assert_eq!(
            constructors,
            [
                Constructor::Make("disk::Raw::new".into()),
                Constructor::Open("sarab_disk::Partition::open".into()),
                Constructor::Open("sarab_disk::Encrypted::open".into()),
                Constructor::Make("sarab_disk::Cache::new".into()),
            ]
        );
        let keys: std::vec::Vec<_> = plan.keys.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(keys, ["cache", "passphrase"]);
    }
}
