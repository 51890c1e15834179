//! A name that no package can have.

use sarab_config::*;

fn main() {
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    let start = start.of((tcp(&stack("service")), files("htdocs"), constant(80)));
    register("my site", [start]);
}
