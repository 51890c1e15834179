//! The jobs, as trees of devices.

use sarab_compose::plan::{Device, Plan};

use crate::colour::{Colour, Role};
use crate::family::Family;
use crate::graph::Need;
use crate::line::{self, Line};
use crate::tree::{Forest, Item, Row};
use crate::words;

/// Where the columns after the tree begin, if the names are short enough.
const KIND_COLUMN_MAX: usize = 36;

/// Writes the trees of all jobs.
pub(super) fn write(page: &mut String, plan: &Plan, colour: Colour) {
    let mut forest = Forest::new(plan);
    let trees: Vec<_> = (0..plan.jobs.len()).map(|at| forest.rows(at)).collect();
    let columns = Columns::of(plan, trees.iter().flatten());
    for (job, rows) in plan.jobs.iter().zip(trees) {
        page.push('\n');
        Line::indented(colour, 0)
            .put(Role::Job, &job.function)
            .put(Role::Muted, &format!("({})", job.parameters.join(", ")))
            .end(page);
        for row in rows {
            write_row(page, plan, colour, columns, &row);
        }
    }
}

/// Where the columns of a tree begin.
#[derive(Clone, Copy)]
struct Columns {
    kind: usize,
    label: usize,
}

impl Columns {
    fn of<'r>(plan: &Plan, rows: impl Iterator<Item = &'r Row<'r>>) -> Self {
        let (mut name, mut kind) = (0, 0);
        for row in rows {
            if let Item::Device { id, .. } = row.item {
                let device = &plan.devices[id];
                name = name.max(line::width(&row.lines) + line::width(&device.name));
                kind = kind.max(line::width(&device.kind));
            }
        }
        let start = (name + 2).min(KIND_COLUMN_MAX);
        Self { kind: start, label: start + kind + 2 }
    }
}

fn write_row(page: &mut String, plan: &Plan, colour: Colour, columns: Columns, row: &Row<'_>) {
    let start = Line::indented(colour, 0).put(Role::Muted, &row.lines);
    match row.item {
        Item::Device { id, need, is_repeated } => {
            write_device(page, start, columns, &plan.devices[id], need, is_repeated);
        }
        Item::Boot(name) => match words::key(plan, name) {
            Some(key) => write_boot(page, start, &format!("--{name}"), words::value(key)),
            None => write_boot(page, start, &format!("--{name}"), None),
        },
        Item::Fixed(expression) => {
            let expression = line::clip(expression, start.left());
            start.put(Role::Default, &expression).end(page);
        }
    }
}

fn write_boot(page: &mut String, start: Line, option: &str, value: Option<String>) {
    let line = start.put(Role::Key, option).put(Role::Text, " ");
    match value {
        Some(value) => {
            let value = line::clip(&value, line.left());
            line.put(Role::Default, &value).end(page);
        }
        None => line.put(Role::Muted, "(not given yet)").end(page),
    }
}

fn write_device(
    page: &mut String,
    start: Line,
    columns: Columns,
    device: &Device,
    need: Need,
    is_repeated: bool,
) {
    let role = Role::Device(Family::of(&device.kind));
    let line = start
        .put(role, &device.name)
        .to(columns.kind)
        .put(Role::Muted, &device.kind)
        .to(columns.label);
    let label = match (need, is_repeated) {
        (Need::After, _) => "made before, not given",
        (Need::Given, true) => "see above",
        (Need::Given, false) => return write_label(page, line, &device.label),
    };
    line.put(Role::Muted, &format!("({label})")).end(page);
}

fn write_label(page: &mut String, line: Line, label: &str) {
    let label = line::clip(label, line.left());
    line.put(Role::Text, &label).end(page);
}
