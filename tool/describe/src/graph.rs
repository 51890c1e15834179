//! The devices of a plan as a graph: who needs whom.
//!
//! A plan that came as JSON may be wrong. Here ids that name no device, and devices that need
//! themselves or later ones, are passed over, so that nothing above has to fear them.

use std::collections::BTreeSet;

use sarab_compose::plan::{Argument, DeviceId, Plan, Resource};

/// A place in the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A job, by its place in the plan.
    Job(usize),
    /// A device, by its place in the plan.
    Device(DeviceId),
}

/// How one needs a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// It is given to it.
    Given,
    /// It only has to be made before.
    After,
}

/// What a node is given.
pub(crate) fn arguments(plan: &Plan, node: Node) -> &[Argument] {
    match node {
        Node::Job(at) => &plan.jobs[at].arguments,
        Node::Device(id) => &plan.devices[id].arguments,
    }
}

/// Whether `node` can need the device `id`.
pub(crate) fn can_need(plan: &Plan, node: Node, id: DeviceId) -> bool {
    match node {
        Node::Job(_) => id < plan.devices.len(),
        Node::Device(own) => id < own,
    }
}

/// What a node needs, each device once: what it is given, then what must only be there before.
pub(crate) fn needs(plan: &Plan, node: Node) -> Vec<(DeviceId, Need)> {
    let given = arguments(plan, node).iter().filter_map(|argument| match argument {
        Argument::Device(id) => Some((*id, Need::Given)),
        Argument::Boot(_) | Argument::Fixed(_) => None,
    });
    let after = match node {
        Node::Job(at) => &plan.jobs[at].after,
        Node::Device(id) => &plan.devices[id].after,
    };
    let mut seen = BTreeSet::new();
    given
        .chain(after.iter().map(|id| (*id, Need::After)))
        .filter(|(id, _)| can_need(plan, node, *id) && seen.insert(*id))
        .collect()
}

/// Marks the devices through which a way leads to `device`, itself included.
pub(crate) fn ways_to(plan: &Plan, device: DeviceId) -> Vec<bool> {
    let mut leads = vec![false; plan.devices.len()];
    for id in device..plan.devices.len() {
        leads[id] =
            id == device || needs(plan, Node::Device(id)).iter().any(|(needed, _)| leads[*needed]);
    }
    leads
}

/// What the host is asked for, each once, with the devices that ask.
pub(crate) fn resources(plan: &Plan) -> Vec<(&Resource, Vec<DeviceId>)> {
    let mut all: Vec<(&Resource, Vec<DeviceId>)> = Vec::new();
    for (id, device) in plan.devices.iter().enumerate() {
        for resource in &device.resources {
            match all.iter_mut().find(|(known, _)| *known == resource) {
                Some((_, askers)) if askers.last() == Some(&id) => {}
                Some((_, askers)) => askers.push(id),
                None => all.push((resource, vec![id])),
            }
        }
    }
    all
}
