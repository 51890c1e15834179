//! A misspelt function; the key --net is none of its fault.

use sarab_config::*;

fn main() {
    let stack = stak("service");
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack), files("htdocs"), constant(80)))]);
}
