//! A key that must be given.

use sarab_config::*;

fn main() {
    let port = key::<u16>("port").doc("TCP port to listen on.").configure().required();
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), port))]);
}
