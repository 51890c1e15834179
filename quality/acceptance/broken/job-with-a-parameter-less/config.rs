//! The program wants a port as well.

use sarab_config::*;

fn main() {
    let start = job::<fn(Tcp, KvRead)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs")))]);
}
