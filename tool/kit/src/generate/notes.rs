//! The `manifest.json` of an image: what it is, and what it asks of a host.

use sarab_compose::plan::{Key, Plan, Resource};
use serde_json::{Value, json};

use super::{crates::Crates, keys};
use crate::project::Project;

/// The version of the form of this file.
const FORMAT: u32 = 1;

/// Returns the text.
pub(super) fn write(project: &Project, plan: &Plan, crates: &Crates) -> String {
    let resources: Vec<_> = plan.devices.iter().flat_map(|device| &device.resources).collect();
    let notes = json!({
        "format": FORMAT,
        "name": plan.name,
        "version": project.version,
        "target": plan.target,
        "program": project.name,
        "resources": resources.into_iter().map(resource).collect::<Vec<_>>(),
        "boot_keys": keys::of(plan).map(key).collect::<Vec<_>>(),
        "crates": crates.linked,
    });
    format!("{notes:#}\n")
}

fn resource(resource: &Resource) -> Value {
    match resource {
        Resource::Network { name } => json!({ "kind": "net", "name": name }),
        Resource::Disk { name, default } => {
            json!({ "kind": "disk", "name": name, "default": default })
        }
        Resource::Folder { name, default } => {
            json!({ "kind": "folder", "name": name, "default": default })
        }
    }
}

fn key(key: &Key) -> Value {
    json!({
        "name": key.name,
        "doc": key.doc,
        "type": key.rust_type,
        "arity": key.arity,
        "default": key.default,
        "configured": key.configured,
        "environment": key.environment,
        "choices": key.choices,
    })
}
