//! One unikernel after another.

use sarab_config::*;

fn site(port: u16) -> Job {
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    start.of((tcp(&stack("service")), files("htdocs"), constant(port)))
}

fn main() {
    register("one", [site(80)]);
    register("other", [site(81)]);
}
