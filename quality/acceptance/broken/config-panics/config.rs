//! Gives up.

use sarab_config::*;

fn main() {
    let ports: Vec<u16> = Vec::new();
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    let port = constant(ports[0]);
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), port))]);
}
