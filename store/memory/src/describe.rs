//! The words of `config.rs` for stores in memory.

use sarab_compose::{Impl, Key, crate_here, device};
use sarab_device::describe::{Block, Fs, Kv};
use sarab_key::Size;

/// A disk in memory of `size`, empty at every boot: [`RamDisk`](crate::RamDisk).
#[track_caller]
#[must_use]
pub fn ram_disk(size: &Key<Size>) -> Impl<Block> {
    device::<fn(Size) -> Block>("sarab_memory::RamDisk::open")
        .label("RAM disk")
        .needs(crate_here!())
        .of(size.clone())
}

/// A key-value store in memory, empty at every boot: [`RamKv`](crate::RamKv).
#[track_caller]
#[must_use]
pub fn ram_kv() -> Impl<Kv> {
    let kv = device::<fn() -> Kv>("sarab_memory::RamKv::new").make();
    kv.label("key-value store in memory").needs(crate_here!()).of(())
}

/// A file system in memory, empty at every boot: [`RamFs`](crate::RamFs).
#[track_caller]
#[must_use]
pub fn ram_fs() -> Impl<Fs> {
    let fs = device::<fn() -> Fs>("sarab_memory::RamFs::new").make();
    fs.label("file system in memory").needs(crate_here!()).of(())
}

#[cfg(test)]
mod tests {
    use sarab_compose::{Inputs, Unikernel, job, key, plan::Constructor, protocol::Mode};

    use super::*;

    #[test]
    fn each_word_names_the_constructor_of_its_store() {
        let size = key::<Size>("size").default(Size::from_bytes(1 << 20));
        let wires = (ram_disk(&size), ram_kv(), ram_fs());
        let job = job::<fn(Block, Kv, Fs)>("start").of(wires);
        let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
        let plan = Unikernel::new("stores", [job]).evaluate(&inputs).unwrap();
        let constructors: std::vec::Vec<_> =
            plan.devices.iter().map(|device| device.constructor.clone()).collect();
        assert_eq!(
            constructors,
            [
                Constructor::Open("sarab_memory::RamDisk::open".into()),
                Constructor::Make("sarab_memory::RamKv::new".into()),
                Constructor::Make("sarab_memory::RamFs::new".into()),
            ]
        );
        assert_eq!(plan.keys[0].rust_type, "sarab_key::Size");
    }
}
