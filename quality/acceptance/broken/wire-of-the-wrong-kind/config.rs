//! A disk where a folder of pages is due.

use sarab_config::*;

fn main() {
    let port = constant(80);
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), block("pages"), port))]);
}
