//! Tells the library which platform it runs on.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let host = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=KIT_HOST={host}");
}
