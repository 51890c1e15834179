//! The words of `config.rs` for a file system in the transactional store.

use sarab_compose::{Device, Impl, Kind, crate_here, device};
use sarab_device::describe::{Block, Fs, KvRead};

/// The file system in the transactional store on the disk `block`: [`TreeFs`](crate::TreeFs).
///
/// A blank disk gets an empty one.
#[track_caller]
#[must_use]
pub fn tree_files(block: &Impl<Block>) -> Impl<Fs> {
    files().of(block.clone())
}

/// The files that [`tree_files`] has on the disk `block`, to be read as values.
#[track_caller]
#[must_use]
pub fn tree_pages(block: &Impl<Block>) -> Impl<KvRead> {
    files().of(block.clone())
}

#[track_caller]
fn files<K: Kind>() -> Device<fn(Block) -> K> {
    device::<fn(Block) -> K>("sarab_treefs::TreeFs::open")
        .label("file system in a store")
        .needs(crate_here!())
}

#[cfg(test)]
mod tests {
    use sarab_compose::{Inputs, Unikernel, job, plan::Constructor, protocol::Mode};

    use super::*;

    #[test]
    fn each_word_opens_the_file_system_on_its_disk() {
        let disk = device::<fn() -> Block>("disk::open").of(());
        let job = job::<fn(Fs, KvRead)>("start").of((tree_files(&disk), tree_pages(&disk)));
        let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
        let plan = Unikernel::new("files", [job]).evaluate(&inputs).unwrap();
        let constructors: std::vec::Vec<_> =
            plan.devices.iter().map(|device| device.constructor.clone()).collect();
        let open = Constructor::Open("sarab_treefs::TreeFs::open".into());
        assert_eq!(constructors.iter().filter(|it| **it == open).count(), 2);
    }
}
