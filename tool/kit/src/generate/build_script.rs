//! The `build.rs` of an image without an operating system: how it is linked.

use sarab_compose::plan::Plan;

use crate::tool::{Bare, Tool};

/// The file of the linker script, in the package.
pub(super) const LAYOUT: &str = "link.ld";

/// Returns the text.
pub(super) fn write(tool: &Tool, plan: &Plan, bare: &Bare) -> String {
    let Plan { name, target, .. } = plan;
    TEXT.replace("{name}", name)
        .replace("{target}", target)
        .replace("{tool}", tool.name)
        .replace("{layout}", if bare.layout.is_some() { OF_LAYOUT } else { "" })
        .replace("{words}", &list(bare.link))
        .replace("{libraries}", &list(bare.without))
}

fn list(words: &[&str]) -> String {
    let lines: Vec<_> = words.iter().map(|word| format!("\n        {word:?},")).collect();
    lines.concat()
}

/// How the linker is told of its script.
const OF_LAYOUT: &str = r#"    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo says where it is")?);
    println!("cargo:rustc-link-arg-bins=-T{}", package.join("link.ld").display());
    println!("cargo:rerun-if-changed=link.ld");
"#;

const TEXT: &str = r#"//! How `{name}` is linked for `{target}`, written by `{tool}`. Edits are lost.

use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    for word in [{words}
    ] {
        println!("cargo:rustc-link-arg-bins={word}");
    }
{layout}    // Libraries of the host, empty: what needs one of them is told so by the linker.
    let folder = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo says where to write")?);
    for library in [{libraries}
    ] {
        fs::write(folder.join(format!("lib{library}.a")), "!<arch>\n")?;
    }
    println!("cargo:rustc-link-search=native={}", folder.display());
    Ok(())
}
"#;
