//! A store that exists on no target yet.

use sarab_config::*;

fn pages() -> Impl<KvRead> {
    unavailable("folder of pages in a bucket", "give one of its own with `files(..)`")
}

fn main() {
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages(), constant(80)))]);
}
