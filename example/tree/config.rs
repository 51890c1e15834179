//! The store is the crash-safe one, on a raw disk.

use std::time::Duration;

use sarab_config::*;

fn main() {
    let times = key::<u64>("times").doc("How many entries to add.").default(3);
    let pause =
        key("pause").doc("How long to wait after each.").default(Duration::from_millis(100));
    let start = job::<fn(Kv, u64, Duration)>("start");
    register("tree", [start.of((tree(&block("store")), times, pause))]);
}
