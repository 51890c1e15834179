//! What a type cannot hold a live device to.

use std::collections::BTreeMap;

use super::Made;
use super::name::is_identifier;
use crate::device::Recipe;
use crate::node::{Node, Operand, Wire};
use crate::plan::{Constructor, Resource};
use crate::protocol::Diagnostic;

/// Checks what is said about one device.
pub(super) fn recipe(node: &Node, recipe: &Recipe, wires: &[Wire]) -> Result<(), Diagnostic> {
    let is_method = matches!(recipe.constructor, Constructor::Method(_));
    if is_method && !matches!(wires.first(), Some(Wire(Operand::Device(_)))) {
        let path = recipe.constructor.path();
        return Err(Diagnostic::new(format!("the method `{path}` is given no device"))
            .at(&node.origin, "applied here")
            .help("the first parameter of a method is the device that has it"));
    }
    match recipe.modules.iter().find(|module| !is_identifier(module)) {
        Some(module) => Err(Diagnostic::new(format!("`{module}` cannot name a module"))
            .at(&node.origin, "declared by this device")),
        None => Ok(()),
    }
}

/// Checks the live devices against each other.
pub(super) fn devices(made: &[Made]) -> Result<(), Diagnostic> {
    names(made)?;
    resources(made)
}

/// Devices of one kind and name are one device.
fn names(made: &[Made]) -> Result<(), Diagnostic> {
    let mut named = BTreeMap::new();
    for device in made {
        let Some(name) = &device.contents.name else { continue };
        let kind = device.contents.kind;
        if let Some(earlier) = named.insert((kind, name), device) {
            return Err(conflict(&format!("`{kind}` devices are named `{name}`"), device, earlier)
                .help("give one of them another name, or make them the same"));
        }
    }
    Ok(())
}

/// A resource of one name is one resource.
fn resources(made: &[Made]) -> Result<(), Diagnostic> {
    let mut asked: BTreeMap<_, (&Resource, &Made)> = BTreeMap::new();
    for device in made {
        for resource in &device.contents.resources {
            let (what, name) = match resource {
                Resource::Network { name } => ("network", name),
                Resource::Disk { name, .. } => ("disk", name),
                Resource::Folder { name, .. } => ("folder", name),
            };
            match asked.insert((what, name), (resource, device)) {
                Some((earlier, owner)) if earlier != resource => {
                    let what = format!("devices ask for a {what} `{name}`");
                    return Err(conflict(&what, device, owner).help(
                        "give one of them another name, or let both default to the same file",
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn conflict(what: &str, device: &Made, earlier: &Made) -> Diagnostic {
    Diagnostic::new(format!("two different {what}"))
        .at(&device.origin, "one is made here")
        .at(&earlier.origin, "and one here")
}
