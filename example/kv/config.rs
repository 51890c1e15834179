//! One folder, given twice: equal devices are shared.

use sarab_config::*;

fn main() {
    let start = job::<fn(KvRead, KvRead)>("start");
    register("kv", [start.of((files("values"), files("values")))]);
}
