//! The words of `config.rs` for devices that the host attaches to an image.

use alloc::format;

use sarab_compose::{
    Expression, Impl, device, expression,
    plan::{Crate, Resource},
};
use sarab_device::describe::{Block, Net};

/// The network card `name`, opened by the function `open` of the crate `needed`.
#[track_caller]
#[must_use]
pub fn card(open: &str, needed: Crate, name: &str) -> Impl<Net> {
    device::<fn(Expression) -> Net>(open)
        .label(format!("network card `{name}` of the guest"))
        .needs(needed)
        .asks(Resource::Network { name: name.into() })
        .of(text(name))
}

/// The disk `name`, opened by the function `open` of the crate `needed`; `default_file` is attached where
/// no other is.
#[track_caller]
#[must_use]
pub fn disk(open: &str, needed: Crate, name: &str, default_file: Option<&str>) -> Impl<Block> {
    let resource = Resource::Disk { name: name.into(), default: default_file.map(Into::into) };
    device::<fn(Expression) -> Block>(open)
        .label(format!("disk `{name}` of the guest"))
        .needs(needed)
        .asks(resource)
        .of(text(name))
}

fn text(text: &str) -> Expression {
    expression(format!("{text:?}"))
}
