//! The files of a FAT disk.

use sarab_config::*;

fn main() {
    let start = job::<fn(Fs)>("start");
    register("fat", [start.of(fat(&block("disk")))]);
}
