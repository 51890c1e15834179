//! A plan as JSON.

use sarab_compose::plan::Plan;
use serde::Serialize;

/// The version of the JSON that [`render_json`] writes.
///
/// It grows when a field changes its meaning or goes away, not when one is added.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct Document<'p> {
    format: u32,
    #[serde(flatten)]
    plan: &'p Plan,
}

/// Writes a plan as JSON: the fields of [`Plan`] after `format`, which is [`FORMAT`].
///
/// It is indented, ends in a newline, and is the same for equal plans, byte for byte.
///
/// # Panics
/// Never: a plan holds nothing that JSON cannot.
#[must_use]
pub fn render_json(plan: &Plan) -> String {
    let document = Document { format: FORMAT, plan };
    let mut json = serde_json::to_string_pretty(&document).expect("a plan is plain data");
    json.push('\n');
    json
}
