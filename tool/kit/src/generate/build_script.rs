//! The `build.rs` of an image without an operating system: how it is linked.

use sarab_compose::plan::Plan;

use crate::tool::{Bare, Tool};

/// Returns the text.
pub(super) fn write(tool: &Tool, plan: &Plan, bare: &Bare) -> String {
    let Plan { name, target, .. } = plan;
    let words = bare.link.iter().map(|word| format!("        {word:?},\n"));
    format!(
        "//! How `{name}` is linked for `{target}`, written by `{tool}`. Edits are lost.\n\n\
         fn main() {{\n    \
         println!(\"cargo:rerun-if-changed=build.rs\");\n    \
         for word in [\n{words}    ] {{\n        \
         println!(\"cargo:rustc-link-arg-bins={{word}}\");\n    \
         }}\n}}\n",
        tool = tool.name,
        words = words.collect::<String>(),
    )
}
