//! A folder over a folder over a folder.

use sarab_config::*;

fn mirror(pages: &Impl<KvRead>) -> Impl<KvRead> {
    let twice = device::<fn(KvRead) -> KvRead>("broken::Mirror::open");
    twice.of(mirror(pages))
}

fn main() {
    let pages = mirror(&files("htdocs"));
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages, constant(80)))]);
}
