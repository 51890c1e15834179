//! Why a device is in a plan.

use std::collections::BTreeSet;
use std::fmt;

use sarab_compose::plan::{Decision, Device, DeviceId, Plan};

use crate::colour::{Colour, Role};
use crate::family::Family;
use crate::graph::{self, Need};
use crate::line::{self, Line};
use crate::tree::{Forest, Item, Row};
use crate::words;

/// Why [`why`] says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhyError {
    /// No device has this name.
    Unknown {
        /// The name.
        name: String,
        /// The unikernel.
        plan: String,
        /// The device whose name comes close to it.
        closest: Option<String>,
        /// All devices, in the order of making.
        devices: Vec<String>,
    },
}

impl WhyError {
    /// The way out: the name that may be meant, and all names there are.
    #[must_use]
    pub fn help(&self) -> String {
        let Self::Unknown { closest, devices, .. } = self;
        let names = match devices.as_slice() {
            [] => "the plan has no devices".to_owned(),
            names => format!("the devices are: {}", names.join(", ")),
        };
        match closest {
            Some(name) => format!("did you mean `{name}`? {names}"),
            None => names,
        }
    }
}

impl fmt::Display for WhyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Unknown { name, plan, .. } = self;
        write!(out, "no device `{name}` in `{plan}`")
    }
}

impl core::error::Error for WhyError {}

/// Says why a device is in a plan: the ways from the jobs to it, the decisions that led to it, and
/// the key values that decided, each with its place in the sources.
///
/// # Errors
/// [`WhyError::Unknown`] if no device has this name.
pub fn why(plan: &Plan, device: &str, colour: Colour) -> Result<String, WhyError> {
    let Some(id) = plan.devices.iter().position(|known| known.name == device) else {
        return Err(unknown(plan, device));
    };
    let mut page = String::new();
    write_head(&mut page, plan, colour, &plan.devices[id]);
    write_ways(&mut page, plan, colour, id);
    write_decisions(&mut page, plan, colour, id);
    Ok(page)
}

fn unknown(plan: &Plan, name: &str) -> WhyError {
    let names = plan.devices.iter().map(|device| device.name.as_str());
    WhyError::Unknown {
        name: name.to_owned(),
        plan: plan.name.clone(),
        closest: sarab_key::closest(name, names.clone()).map(str::to_owned),
        devices: names.map(str::to_owned).collect(),
    }
}

fn write_head(page: &mut String, plan: &Plan, colour: Colour, device: &Device) {
    Line::indented(colour, 0)
        .put(Role::Device(Family::of(&device.kind)), &device.name)
        .put(Role::Text, &format!(" is a {}", device.kind))
        .put(Role::Muted, if device.label.is_empty() { "" } else { ": " })
        .put(Role::Text, &device.label)
        .end(page);
    Line::indented(colour, 2)
        .put(Role::Muted, "made by   ")
        .put(Role::Text, &words::call(plan, &device.constructor, &device.arguments))
        .end(page);
    write_asked_at(page, colour, &words::place(&device.origin));
    for (resource, _) in
        graph::resources(plan).iter().filter(|(it, _)| device.resources.contains(it))
    {
        let ask = words::ask(resource);
        Line::indented(colour, 2)
            .put(Role::Muted, "needs     ")
            .put(Role::Text, &format!("{} {}", ask.what, ask.name))
            .put(Role::Muted, " of the host, ")
            .put(Role::Key, &ask.option)
            .end(page);
    }
}

fn write_asked_at(page: &mut String, colour: Colour, place: &str) {
    Line::indented(colour, 2).put(Role::Muted, "asked at  ").put(Role::Text, place).end(page);
}

/// Writes the ways from the jobs to a device.
fn write_ways(page: &mut String, plan: &Plan, colour: Colour, id: DeviceId) {
    let mut forest = Forest::of_devices(plan, graph::ways_to(plan, id));
    let ways: Vec<_> =
        plan.jobs.iter().enumerate().map(|(at, job)| (job, forest.rows(at))).collect();
    let heads = ways.iter().map(|(job, _)| line::width(&words::job(job)));
    let rows = ways.iter().flat_map(|(_, rows)| rows).map(|row| width(plan, row));
    let column = heads.chain(rows).max().unwrap_or(0).min(50) + 2;
    for (job, rows) in ways.iter().filter(|(_, rows)| !rows.is_empty()) {
        page.push('\n');
        Line::indented(colour, 0)
            .put(Role::Job, &job.function)
            .put(Role::Muted, &format!("({})", job.parameters.join(", ")))
            .to(column)
            .put(Role::Muted, &words::place(&job.origin))
            .end(page);
        for row in rows {
            write_way(page, plan, colour, column, id, row);
        }
    }
}

fn width(plan: &Plan, row: &Row<'_>) -> usize {
    let Item::Device { id, .. } = row.item else { return 0 };
    let device = &plan.devices[id];
    line::width(&row.lines) + line::width(&device.name) + line::width(&device.kind) + 2
}

fn write_way(
    page: &mut String,
    plan: &Plan,
    colour: Colour,
    column: usize,
    goal: DeviceId,
    row: &Row<'_>,
) {
    let Item::Device { id, need, is_repeated } = row.item else { return };
    let device = &plan.devices[id];
    let role = if id == goal { Role::Chosen } else { Role::Device(Family::of(&device.kind)) };
    let note = match (need, is_repeated) {
        (_, true) => "(see above)".to_owned(),
        (Need::After, false) => format!("{} (made before)", words::place(&device.origin)),
        (Need::Given, false) => words::place(&device.origin),
    };
    Line::indented(colour, 0)
        .put(Role::Muted, &row.lines)
        .put(role, &device.name)
        .put(Role::Muted, &format!(": {}", device.kind))
        .to(column)
        .put(Role::Muted, &note)
        .end(page);
}

/// Writes the decisions that led to a device, and those that led to the devices on its ways.
fn write_decisions(page: &mut String, plan: &Plan, colour: Colour, goal: DeviceId) {
    let ways = graph::ways_to(plan, goal);
    let on_ways = plan.devices.iter().zip(ways).filter(|(_, leads)| *leads);
    let decisions: BTreeSet<usize> =
        on_ways.flat_map(|(device, _)| &device.decisions).copied().collect();
    let decisions: Vec<_> = decisions.iter().filter_map(|at| plan.decisions.get(*at)).collect();
    page.push('\n');
    if decisions.is_empty() {
        let text = "No key decides about it: it is there whatever they say.";
        return Line::indented(colour, 0).put(Role::Muted, text).end(page);
    }
    Line::indented(colour, 0).put(Role::Heading, "Decided by").end(page);
    for decision in decisions {
        write_decision(page, plan, colour, decision, goal);
    }
}

fn write_decision(
    page: &mut String,
    plan: &Plan,
    colour: Colour,
    decision: &Decision,
    goal: DeviceId,
) {
    let others: Vec<_> = words::alternatives(decision).collect();
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!(", not {}", others.join(", ")),
    };
    let led_to = plan.devices.get(decision.device).filter(|_| decision.device != goal);
    let led_to = led_to.map_or_else(String::new, |it| format!(", which led to {}", it.name));
    Line::indented(colour, 2)
        .put(Role::Key, &decision.question)
        .put(Role::Text, " is ")
        .put(Role::Chosen, &decision.answer)
        .put(Role::Muted, &others)
        .put(Role::Muted, &led_to)
        .end(page);
    Line::indented(colour, 4)
        .put(Role::Muted, &format!("asked at {}", words::place(&decision.origin)))
        .end(page);
    for key in decision.keys.iter().filter_map(|name| words::key(plan, name)) {
        let source = match words::value(key) {
            Some(_) => format!("from the {}", words::source(key)),
            None => words::source(key),
        };
        let option = match words::value(key) {
            Some(value) => format!("--{} {value}", key.name),
            None => format!("--{}", key.name),
        };
        Line::indented(colour, 4)
            .put(Role::Key, &option)
            .put(Role::Muted, ", ")
            .put(Role::Given, &source)
            .put(Role::Muted, &format!("; declared at {}", words::place(&key.origin)))
            .end(page);
    }
}
