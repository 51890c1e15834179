//! Picks a port that never comes.

use sarab_config::*;

fn even(port: u16) -> u16 {
    if port % 2 == 0 { port } else { even(port.wrapping_add(2)) + 2 }
}

fn main() {
    let port = constant(even(81));
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), port))]);
}
