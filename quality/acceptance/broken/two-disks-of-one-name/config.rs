//! Pages in an archive on a disk, and a disk of the same name.

use sarab_config::*;

fn main() {
    let start = job::<fn(KvRead, Block)>("start");
    register("broken", [start.of((files("htdocs"), block("htdocs")))]);
}
