//! A job by a name that the program does not have.

use sarab_config::*;

fn main() {
    let start = job::<fn(Tcp, KvRead, u16)>("strat");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), constant(80)))]);
}
