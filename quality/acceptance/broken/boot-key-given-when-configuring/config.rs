//! A key for booting only.

use sarab_config::*;

fn main() {
    let seed = key::<u16>("seed").doc("Seed of the dice.").boot().required();
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), seed))]);
}
