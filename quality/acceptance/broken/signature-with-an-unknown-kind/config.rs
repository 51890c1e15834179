//! A type of the program where a kind of device is due.

use sarab_config::*;

struct Pages;

fn main() {
    let start = job::<fn(Tcp, Pages, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), files("htdocs"), constant(80)))]);
}
