//! What stands beside the jobs: keys, decisions, and what the host is asked for.

use sarab_compose::plan::{Decision, Key, Plan};

use super::section;
use crate::colour::{Colour, Role};
use crate::family::Family;
use crate::graph;
use crate::line::{self, COLUMNS, Line};
use crate::words;

/// How far the rows of a table stand in.
const INDENT: usize = 2;
/// How wide a column becomes at most; what is longer pushes the rest of its row.
const COLUMN_MAX: usize = 24;

/// Writes the keys that something depends on, each with its value, and names the others.
pub(super) fn keys(page: &mut String, plan: &Plan, colour: Colour) {
    if plan.keys.is_empty() {
        return;
    }
    section(page, colour, "Keys");
    let (live, idle): (Vec<_>, Vec<_>) = plan.keys.iter().partition(|key| key.is_live);
    let name = column(INDENT, live.iter().map(|key| line::width(&key.name) + 2));
    let value = column(name, live.iter().map(|key| line::width(&shown(key))));
    let source = column(value, live.iter().map(|key| line::width(&words::source(key))));
    for key in live {
        let (value_role, source_role) = roles(key);
        Line::indented(colour, INDENT)
            .put(Role::Key, &format!("--{}", key.name))
            .to(name)
            .put(value_role, &shown(key))
            .to(value)
            .put(source_role, &words::source(key))
            .to(source)
            .put(Role::Muted, words::stage(key.stage))
            .end(page);
        paragraph(page, colour, name, first_sentence(&key.doc));
    }
    if !idle.is_empty() {
        let names: Vec<_> = idle.iter().map(|key| format!("--{}", key.name)).collect();
        paragraph(page, colour, INDENT, &format!("Not used here: {}", names.join(", ")));
    }
}

/// Writes the decisions, each with what else there was.
pub(super) fn decisions(page: &mut String, plan: &Plan, colour: Colour) {
    if plan.decisions.is_empty() {
        return;
    }
    section(page, colour, "Decisions");
    let all = &plan.decisions;
    let answer = column(INDENT, all.iter().map(|it| line::width(&it.question)));
    let device = column(answer, all.iter().map(|it| line::width(&it.answer)));
    let devices = all.iter().map(|it| line::width(led_to(plan, it)) + 4);
    let others = column(device, devices);
    for decision in all {
        Line::indented(colour, INDENT)
            .put(Role::Key, &decision.question)
            .to(answer)
            .put(Role::Chosen, &decision.answer)
            .to(device)
            .put(Role::Muted, "for ")
            .put(family(plan, decision), led_to(plan, decision))
            .to(others)
            .put(Role::Muted, &not_taken(decision))
            .end(page);
    }
}

/// Writes what the host is asked for, and how it is attached.
pub(super) fn resources(page: &mut String, plan: &Plan, colour: Colour) {
    section(page, colour, "Asked of the host");
    let all: Vec<_> = graph::resources(plan).into_iter().map(|(it, _)| words::ask(it)).collect();
    if all.is_empty() {
        Line::indented(colour, INDENT).put(Role::Muted, "nothing").end(page);
    }
    let name = column(INDENT, all.iter().map(|ask| line::width(ask.what)));
    let option = column(name, all.iter().map(|ask| line::width(ask.name)));
    let default = column(option, all.iter().map(|ask| line::width(&ask.option)));
    for ask in all {
        let line = Line::indented(colour, INDENT)
            .put(Role::Muted, ask.what)
            .to(name)
            .put(Role::Text, ask.name)
            .to(option)
            .put(Role::Key, &ask.option)
            .to(default);
        match ask.default {
            Some(file) => line.put(Role::Muted, "default ").put(Role::Default, file).end(page),
            None => line.end(page),
        }
    }
}

/// Where the next column begins, after one with cells of these widths.
fn column(start: usize, widths: impl Iterator<Item = usize>) -> usize {
    start + widths.filter(|width| *width <= COLUMN_MAX).max().unwrap_or(0) + 2
}

fn paragraph(page: &mut String, colour: Colour, indent: usize, text: &str) {
    for line in line::wrap(text, COLUMNS.saturating_sub(indent)) {
        Line::indented(colour, indent).put(Role::Muted, &line).end(page);
    }
}

fn shown(key: &Key) -> String {
    words::value(key).unwrap_or_else(|| "-".to_owned())
}

/// How the value of a key and its source are shown.
fn roles(key: &Key) -> (Role, Role) {
    match words::source(key).as_str() {
        "default" => (Role::Default, Role::Muted),
        "not given" => (Role::Muted, Role::Muted),
        "required" => (Role::Missing, Role::Missing),
        _ => (Role::Given, Role::Given),
    }
}

fn first_sentence(doc: &str) -> &str {
    doc.split_once(". ").map_or(doc, |(first, _)| &doc[..=first.len()])
}

fn led_to<'p>(plan: &'p Plan, decision: &Decision) -> &'p str {
    plan.devices.get(decision.device).map_or("-", |device| &device.name)
}

fn family(plan: &Plan, decision: &Decision) -> Role {
    let kind = plan.devices.get(decision.device).map_or("", |device| &device.kind);
    Role::Device(Family::of(kind))
}

fn not_taken(decision: &Decision) -> String {
    let others: Vec<_> = words::alternatives(decision).collect();
    if others.is_empty() { String::new() } else { format!("not {}", others.join(", ")) }
}
