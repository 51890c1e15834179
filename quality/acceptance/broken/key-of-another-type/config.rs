//! The program wants the port as a number of 16 bits.

use sarab_config::*;

fn main() {
    let port = key::<u32>("port").doc("TCP port to listen on.").default(80);
    let start = job::<fn(Tcp, KvRead, u32)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), port))]);
}
