//! The words of `config.rs` for the devices of a process.

use sarab_compose::{
    Device, Expression, Impl, Kind, crate_here, device, expression, plan::Resource,
};
use sarab_device::describe::{Block, Fs, Kv, KvRead, Net, Stack};

/// The host's own sockets: [`SocketStack`](crate::SocketStack). A port of the unikernel is a port
/// of the host, unless it is published as another one.
#[track_caller]
#[must_use]
pub fn socket_stack() -> Impl<Stack> {
    let stack = device::<fn() -> Stack>("sarab_unix::SocketStack::open");
    stack.label("sockets of the host").needs(crate_here!()).of(())
}

/// The disk `name`, a file of the host: [`Disk`](crate::Disk).
///
/// It is the file attached by `--disk NAME=FILE`, or else `default_file`, from the project's folder.
#[track_caller]
#[must_use]
pub fn disk(name: &str, default_file: Option<&str>) -> Impl<Block> {
    let resource = Resource::Disk { name: name.into(), default: default_file.map(Into::into) };
    device::<fn(Expression, Expression) -> Block>("sarab_unix::Disk::open")
        .label(format!("disk `{name}`, a file of the host"))
        .needs(crate_here!())
        .asks(resource)
        .of((text(name), optional(default_file)))
}

/// The network card `name`, a tap device of the host: [`TapNet`](crate::TapNet).
///
/// It is the device attached by `--net NAME=tap:DEVICE`.
#[track_caller]
#[must_use]
pub fn tap(name: &str) -> Impl<Net> {
    device::<fn(Expression) -> Net>("sarab_unix::TapNet::open")
        .label(format!("network card `{name}`, a tap of the host"))
        .needs(crate_here!())
        .asks(Resource::Network { name: name.into() })
        .of(text(name))
}

/// The folder `name` of the host, to read values from: [`Directory`](crate::Directory).
///
/// It is the folder attached by `--folder NAME=PATH`, or else `default`, from the project's folder.
#[track_caller]
#[must_use]
pub fn folder_pages(name: &str, default: Option<&str>) -> Impl<KvRead> {
    folder(name, default).of((text(name), optional(default)))
}

/// The folder `name` of the host, as a store of values: [`Directory`](crate::Directory).
///
/// It is attached like that of [`folder_pages`].
#[track_caller]
#[must_use]
pub fn folder_store(name: &str, default: Option<&str>) -> Impl<Kv> {
    folder(name, default).of((text(name), optional(default)))
}

/// The folder `name` of the host, as a file system: [`Directory`](crate::Directory).
///
/// It is attached like that of [`folder_pages`].
#[track_caller]
#[must_use]
pub fn folder_files(name: &str, default: Option<&str>) -> Impl<Fs> {
    folder(name, default).of((text(name), optional(default)))
}

fn folder<K: Kind>(name: &str, default: Option<&str>) -> Device<fn(Expression, Expression) -> K> {
    device::<fn(Expression, Expression) -> K>("sarab_unix::Directory::open")
        .label(format!("folder `{name}` of the host"))
        .needs(crate_here!())
        .asks(Resource::Folder { name: name.into(), default: default.map(Into::into) })
}

fn text(text: &str) -> Expression {
    expression(format!("{text:?}"))
}

fn optional(text: Option<&str>) -> Expression {
    expression(format!("{text:?}"))
}

#[cfg(test)]
mod tests;
