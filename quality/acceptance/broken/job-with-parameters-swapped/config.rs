//! The program wants the stack first.

use sarab_config::*;

fn main() {
    let start = job::<fn(KvRead, Tcp, u16)>("start");
    register("broken", [start.of((files("htdocs"), tcp(&stack("service")), constant(80)))]);
}
