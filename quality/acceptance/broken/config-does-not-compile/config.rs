//! A misspelt name; the key --net is none of its fault.

use sarab_config::*;

fn main() {
    let stack = stack("service");
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stak), files("htdocs"), constant(80)))]);
}
