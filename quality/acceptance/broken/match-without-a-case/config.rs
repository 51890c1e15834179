//! Forgets the network card.

use sarab_config::*;

fn main() {
    let pages = match_(&network(), [(Network::Socket, files("htdocs"))]).exhaustive();
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages, constant(80)))]);
}
