//! A store that exists on no target yet.

use sarab_config::*;

fn bucket() -> Impl<KvRead> {
    unavailable("give a folder of the project with `files(..)`")
}

fn main() {
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), bucket(), constant(80)))]);
}
