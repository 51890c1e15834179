//! What a job needs as a tree, drawn with lines, where a device is opened up once only.

use sarab_compose::plan::{Argument, DeviceId, Plan};

use crate::graph::{self, Need, Node};

/// What the lines of a tree are made of, each three columns wide.
mod lines {
    /// One more follows below: a vertical line with a branch.
    pub(super) const BRANCH: &str = "\u{251c}\u{2500} ";
    /// The last: a corner.
    pub(super) const CORNER: &str = "\u{2514}\u{2500} ";
    /// A line that goes by.
    pub(super) const PASS: &str = "\u{2502}  ";
    /// No line.
    pub(super) const BLANK: &str = "   ";
}

/// One row of a tree.
pub(crate) struct Row<'p> {
    /// The lines before it.
    pub(crate) lines: String,
    /// What stands there.
    pub(crate) item: Item<'p>,
}

/// What stands in a row.
#[derive(Clone, Copy)]
pub(crate) enum Item<'p> {
    /// A device.
    Device {
        /// Which.
        id: DeviceId,
        /// How the row above needs it.
        need: Need,
        /// Whether what it needs was shown before and is left out here.
        is_repeated: bool,
    },
    /// The value of a key, by the key's name.
    Boot(&'p str),
    /// A value that is fixed.
    Fixed(&'p str),
}

/// Draws trees and remembers what was shown.
pub(crate) struct Forest<'p> {
    plan: &'p Plan,
    shown: Vec<bool>,
    only: Option<Vec<bool>>,
}

impl<'p> Forest<'p> {
    /// Trees of everything.
    pub(crate) fn new(plan: &'p Plan) -> Self {
        Self { plan, shown: vec![false; plan.devices.len()], only: None }
    }

    /// Trees of the marked devices only, without values.
    pub(crate) fn of_devices(plan: &'p Plan, only: Vec<bool>) -> Self {
        Self { plan, shown: vec![false; plan.devices.len()], only: Some(only) }
    }

    /// The rows under a job, top to bottom.
    pub(crate) fn rows(&mut self, job: usize) -> Vec<Row<'p>> {
        let mut rows = Vec::new();
        let mut open = self.below(Node::Job(job), "");
        while let Some((indent, mut row)) = open.pop() {
            if let Item::Device { id, is_repeated, .. } = &mut row.item {
                let below = self.below(Node::Device(*id), &indent);
                *is_repeated = self.shown[*id] && !below.is_empty();
                if !std::mem::replace(&mut self.shown[*id], true) {
                    open.extend(below);
                }
            }
            rows.push(row);
        }
        rows
    }

    /// The rows right under a node, last first, each with the indent of what is under it.
    fn below(&self, node: Node, indent: &str) -> Vec<(String, Row<'p>)> {
        let mut items = self.items(node).into_iter().rev();
        let mut below = Vec::new();
        if let Some(item) = items.next() {
            let lines = format!("{indent}{}", lines::CORNER);
            below.push((format!("{indent}{}", lines::BLANK), Row { lines, item }));
        }
        below.extend(items.map(|item| {
            let lines = format!("{indent}{}", lines::BRANCH);
            (format!("{indent}{}", lines::PASS), Row { lines, item })
        }));
        below
    }

    fn items(&self, node: Node) -> Vec<Item<'p>> {
        let mut needs = graph::needs(self.plan, node);
        let device = |(id, need)| Item::Device { id, need, is_repeated: false };
        if let Some(only) = &self.only {
            return needs.into_iter().filter(|(id, _)| only[*id]).map(device).collect();
        }
        let mut items = Vec::new();
        for argument in graph::arguments(self.plan, node) {
            match argument {
                Argument::Boot(name) => items.push(Item::Boot(name)),
                Argument::Fixed(expression) => items.push(Item::Fixed(expression)),
                Argument::Device(id) => {
                    if let Some(at) = needs.iter().position(|(needed, _)| needed == id) {
                        items.push(device(needs.remove(at)));
                    }
                }
            }
        }
        items.extend(needs.into_iter().map(device));
        items
    }
}
