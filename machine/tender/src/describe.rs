//! The words of `config.rs` for the devices of a guest.

use sarab_compose::{Expression, Impl, crate_here, device, expression, plan::Resource};
use sarab_device::describe::{Block, Net};

/// The network card `name` of a guest: [`Card`](crate::Card).
///
/// It is what the tender attaches by `--net NAME=BACKEND`.
#[track_caller]
#[must_use]
pub fn card(name: &str) -> Impl<Net> {
    device::<fn(Expression) -> Net>("sarab_tender::open_card")
        .label(format!("network card `{name}` of the guest"))
        .needs(crate_here!())
        .asks(Resource::Network { name: name.into() })
        .of(text(name))
}

/// The disk `name` of a guest: [`Disk`](crate::Disk).
///
/// It is the file that the tender attaches by `--disk NAME=FILE`, or else `default_file`, from the
/// project's folder: `sarab run` attaches that one, and the guest never learns which.
#[track_caller]
#[must_use]
pub fn disk(name: &str, default_file: Option<&str>) -> Impl<Block> {
    let resource = Resource::Disk { name: name.into(), default: default_file.map(Into::into) };
    device::<fn(Expression) -> Block>("sarab_tender::open_disk")
        .label(format!("disk `{name}` of the guest"))
        .needs(crate_here!())
        .asks(resource)
        .of(text(name))
}

fn text(text: &str) -> Expression {
    expression(format!("{text:?}"))
}

#[cfg(test)]
mod tests;
