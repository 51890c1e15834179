//! The live part of a graph, as it stands in a plan.

use super::{Contents, Edge, Made, name, path, sorted};
use crate::device::Hook;
use crate::plan::{Decision, Device, Job};

/// The live part of a graph.
#[derive(Default)]
pub(crate) struct Live {
    pub(crate) devices: Vec<Device>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) decisions: Vec<Decision>,
    pub(crate) modules: Vec<String>,
    /// What each device prepares.
    pub(crate) hooks: Vec<Vec<Hook>>,
}

impl Live {
    /// Gives the devices that were made their names and their decisions.
    pub(super) fn of(
        made: Vec<Made>,
        decisions: Vec<Decision>,
        jobs: Vec<(Job, Vec<Edge>)>,
    ) -> Self {
        let (jobs, roots): (Vec<_>, Vec<_>) = jobs.into_iter().unzip();
        let names = name::all(&made);
        let paths = path::all(&made, &roots);
        let (decisions, places) = path::distinct(decisions);
        let mut live = Self { jobs, decisions, ..Self::default() };
        for ((made, name), path) in made.into_iter().zip(names).zip(paths) {
            live.hooks.push(made.hooks.clone());
            live.modules.extend(made.contents.modules.iter().cloned());
            live.devices.push(device(made, name, path::renumbered(&path, &places)));
        }
        live.modules = sorted(live.modules);
        live
    }
}

fn device(made: Made, name: String, decisions: Vec<usize>) -> Device {
    let Contents { kind, label, constructor, arguments, after, crates, resources, .. } =
        made.contents;
    Device {
        name,
        kind: kind.into(),
        label,
        constructor,
        arguments,
        after,
        crates,
        resources,
        decisions,
        origin: made.origin,
    }
}
