//! A key that says neither `default` nor `required`.

use sarab_config::*;

fn main() {
    let port = key::<u16>("port").doc("TCP port to listen on.");
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), port))]);
}
