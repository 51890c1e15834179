//! A plan as a graph for graphviz.
//!
//! Jobs are filled boxes, devices boxes, decisions small ellipses. What is given is a solid edge,
//! what only has to be made before a dashed one, what a decision chose a bold one and what it did
//! not choose a dotted one. What the host gives stands at the bottom.

use sarab_compose::plan::{Argument, Decision, Device, DeviceId, Job, Plan};

use crate::family::Family;
use crate::graph::{self, Need, Node};
use crate::line::append;
use crate::words;

/// Writes a plan as a graph for graphviz.
///
/// Every name and text is quoted, whatever it holds. Equal plans make equal bytes.
#[must_use]
pub fn render_dot(plan: &Plan) -> String {
    let mut dot = String::new();
    let title = quoted(format!("{} {}", plan.name, words::made_for(plan)).trim_end());
    append(&mut dot, format_args!("digraph {} {{\n", quoted(&plan.name)));
    append(
        &mut dot,
        format_args!("  graph [label={title}, labelloc=t, fontname=\"sans-serif\"];\n"),
    );
    dot.push_str("  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n");
    dot.push_str("  edge [fontname=\"sans-serif\", fontsize=9, arrowsize=0.7];\n");
    for (at, job) in plan.jobs.iter().enumerate() {
        write_job(&mut dot, plan, at, job);
    }
    for (id, device) in plan.devices.iter().enumerate() {
        write_device(&mut dot, plan, id, device);
    }
    for id in 0..plan.devices.len() {
        write_decisions(&mut dot, plan, id);
    }
    write_resources(&mut dot, plan);
    dot.push_str("}\n");
    dot
}

fn write_job(dot: &mut String, plan: &Plan, at: usize, job: &Job) {
    let mut lines = vec![words::job(job)];
    lines.extend(keys(plan, &job.arguments));
    put(
        dot,
        format_args!(
            "job{at} [label={}, style=\"filled,bold\", fillcolor=\"#1f2937\", fontcolor=white]",
            label(&lines)
        ),
    );
    write_needs(dot, plan, Node::Job(at), &format!("job{at}"));
}

fn write_device(dot: &mut String, plan: &Plan, id: DeviceId, device: &Device) {
    let mut lines = vec![format!("{}: {}", device.name, device.kind), device.label.clone()];
    lines.extend(keys(plan, &device.arguments));
    let (fill, line) = match Family::of(&device.kind) {
        Family::Network => ("#eaf2fb", "#2b6cb0"),
        Family::Storage => ("#e9f6ee", "#2f855a"),
        Family::Other => ("#f3effc", "#6b46c1"),
    };
    put(
        dot,
        format_args!(
            "device{id} [label={}, tooltip={}, style=\"rounded,filled\", fillcolor=\"{fill}\", color=\"{line}\"]",
            label(&lines),
            quoted(&words::call(plan, &device.constructor, &device.arguments)),
        ),
    );
    write_needs(dot, plan, Node::Device(id), &format!("device{id}"));
}

fn keys<'p>(plan: &'p Plan, arguments: &'p [Argument]) -> impl Iterator<Item = String> + 'p {
    words::boot_keys(plan, arguments).map(words::given)
}

fn write_needs(dot: &mut String, plan: &Plan, node: Node, name: &str) {
    for (id, need) in graph::needs(plan, node) {
        match need {
            Need::Given => put(dot, format_args!("{name} -> device{id}")),
            Need::After => put(dot, format_args!("{name} -> device{id} [style=dashed]")),
        }
    }
}

/// Writes the decisions that led to a device: each points to the next, the last to the device.
fn write_decisions(dot: &mut String, plan: &Plan, id: DeviceId) {
    let own: Vec<(usize, &Decision)> =
        plan.decisions.iter().enumerate().filter(|(_, decision)| decision.device == id).collect();
    for (order, (at, decision)) in own.iter().enumerate() {
        let target = match own.get(order + 1) {
            Some((next, _)) => format!("decision{next}"),
            None => format!("device{id}"),
        };
        write_decision(dot, *at, decision, &target);
    }
}

fn write_decision(dot: &mut String, at: usize, decision: &Decision, target: &str) {
    let question = quoted(&decision.question);
    put(
        dot,
        format_args!(
            "decision{at} [label={question}, shape=ellipse, fontsize=9, width=0.1, height=0.1, margin=\"0.06,0.03\"]"
        ),
    );
    let answer = quoted(&decision.answer);
    put(dot, format_args!("decision{at} -> {target} [label={answer}, style=bold]"));
    for (other, answer) in words::alternatives(decision).enumerate() {
        let answer = quoted(answer);
        put(
            dot,
            format_args!(
                "decision{at}_{other} [label={answer}, shape=plaintext, fontsize=9, fontcolor=gray50, width=0.1, height=0.1]"
            ),
        );
        put(dot, format_args!("decision{at} -> decision{at}_{other} [style=dotted]"));
    }
}

fn write_resources(dot: &mut String, plan: &Plan) {
    let resources = graph::resources(plan);
    if resources.is_empty() {
        return;
    }
    dot.push_str("  subgraph host {\n    rank=sink;\n");
    for (at, (resource, _)) in resources.iter().enumerate() {
        let ask = words::ask(resource);
        let mut lines = vec![format!("{} {}", ask.what, ask.name)];
        lines.extend(ask.default.map(str::to_owned));
        let shape = match ask.what {
            "disk" => "cylinder",
            "folder" => "folder",
            _ => "component",
        };
        dot.push_str("  ");
        put(dot, format_args!("host{at} [label={}, shape={shape}, color=gray40]", label(&lines)));
    }
    dot.push_str("  }\n");
    for (at, (_, askers)) in resources.iter().enumerate() {
        for id in askers {
            put(dot, format_args!("device{id} -> host{at} [color=gray40]"));
        }
    }
}

fn put(dot: &mut String, statement: std::fmt::Arguments<'_>) {
    append(dot, format_args!("  {statement};\n"));
}

/// Quotes a text as a DOT string.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Quotes lines as a DOT string, one under the other.
fn label(lines: &[String]) -> String {
    let lines: Vec<_> =
        lines.iter().filter(|line| !line.is_empty()).map(|it| escaped(it)).collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// Escapes what a DOT string gives a meaning: quotes, backslashes (`\N` is a node's name), and
/// `&`, which begins an entity. Control characters become spaces.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '&' => escaped.push_str("&amp;"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}
