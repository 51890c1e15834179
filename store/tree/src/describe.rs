//! The words of `config.rs` for the store.

use sarab_compose::{Impl, crate_here, device};
use sarab_device::describe::{Block, Kv};

/// The crash-safe key-value store on the disk `block`: [`Tree`](crate::Tree).
///
/// A blank disk gets an empty one.
#[track_caller]
#[must_use]
pub fn tree(block: &Impl<Block>) -> Impl<Kv> {
    device::<fn(Block) -> Kv>("sarab_tree::Tree::open")
        .label("crash-safe key-value store")
        .needs(crate_here!())
        .of(block.clone())
}

#[cfg(test)]
mod tests {
    use sarab_compose::{Inputs, Unikernel, job, plan::Constructor, protocol::Mode};

    use super::*;

    #[test]
    fn the_word_opens_the_store_on_its_disk() {
        let disk = device::<fn() -> Block>("disk::open").of(());
        let job = job::<fn(Kv)>("start").of(tree(&disk));
        let inputs = Inputs { mode: Mode::Evaluate, given: &[], environment: &|_| None };
        let plan = Unikernel::new("values", [job]).evaluate(&inputs).unwrap();
        let open = Constructor::Open("sarab_tree::Tree::open".into());
        assert!(plan.devices.iter().any(|device| device.constructor == open));
    }
}
