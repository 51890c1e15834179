//! One name for two different keys.

use sarab_config::*;

fn main() {
    let port = key::<u16>("port").doc("TCP port to listen on.").default(80);
    let other = key::<u16>("port").doc("TCP port of the other.").default(81);
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    let stack = tcp(&stack("service"));
    register(
        "broken",
        [start.of((stack.clone(), files("htdocs"), port)), start.of((stack, files("htdocs"), other))],
    );
}
