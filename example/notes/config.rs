//! The notes are in the crash-safe store, on a raw disk.

use sarab_config::*;

fn main() {
    let port = key::<u16>("port").doc("TCP port to listen on.").default(8080);
    let start = job::<fn(Tcp, Kv, u16)>("start");
    register("notes", [start.of((tcp(&stack("service")), tree(&block("notes")), port))]);
}
