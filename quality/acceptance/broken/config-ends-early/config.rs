//! Leaves before it has said anything.

use sarab_config::*;

fn main() {
    let pages = files("htdocs");
    if std::env::args().count() == 1 {
        eprintln!("no arguments, nothing to do");
        std::process::exit(3);
    }
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages, constant(80)))]);
}
