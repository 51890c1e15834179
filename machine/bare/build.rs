//! Lays empty archives where the linker looks for the C library.
//!
//! An image is compiled for `x86_64-unknown-linux-gnu`, so a crate that asks for the C library would
//! be linked with that of the host, without a word, and jump to nowhere when it runs. With these
//! archives first on the search path the linker says instead which symbol is missing.

use std::{env, error::Error, fs, path::PathBuf};

/// The libraries that crates ask for on that target.
const LIBRARIES: [&str; 7] = ["c", "dl", "gcc_s", "m", "pthread", "rt", "util"];

/// An archive without members (`ar(5)`).
const EMPTY: &str = "!<arch>\n";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo says where to write")?);
    let folder = folder.join("nothing");
    fs::create_dir_all(&folder)?;
    for library in LIBRARIES {
        fs::write(folder.join(format!("lib{library}.a")), EMPTY)?;
    }
    if env::var_os("CARGO_FEATURE_IMAGE").is_some() {
        println!("cargo:rustc-link-search=native={}", folder.display());
    }
    println!("cargo:rerun-if-changed=build.rs");
    Ok(())
}
