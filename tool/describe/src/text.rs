//! A plan as a text to be read.

mod jobs;
mod tables;

use sarab_compose::plan::Plan;

use crate::colour::{Colour, Role};
use crate::line::Line;
use crate::words;

/// Writes a plan as a text to be read: jobs as trees of devices, keys, decisions, and what the
/// host is asked for.
///
/// A device that several need is opened up once and referred to afterwards. Lines fit into 80
/// columns as long as names and values do.
#[must_use]
pub fn render_text(plan: &Plan, colour: Colour) -> String {
    let mut page = String::new();
    head(&mut page, plan, colour);
    jobs::write(&mut page, plan, colour);
    tables::keys(&mut page, plan, colour);
    tables::decisions(&mut page, plan, colour);
    tables::resources(&mut page, plan, colour);
    page
}

fn head(page: &mut String, plan: &Plan, colour: Colour) {
    let devices = words::count(plan.devices.len(), "device");
    Line::indented(colour, 0)
        .put(Role::Job, &plan.name)
        .put(Role::Text, format!(" {}", words::made_for(plan)).trim_end())
        .put(Role::Muted, &format!(": {}, {devices}", words::count(plan.jobs.len(), "job")))
        .end(page);
}

/// Starts a section.
fn section(page: &mut String, colour: Colour, title: &str) {
    page.push('\n');
    Line::indented(colour, 0).put(Role::Heading, title).end(page);
}
