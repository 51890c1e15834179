//! The runtime has a key of that name.

use sarab_config::*;

fn main() {
    let log = key::<u16>("log").doc("Port of the log.").default(514);
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), log))]);
}
