//! What `render_json` writes.

use sarab_compose::plan::Plan;
use sarab_describe::{FORMAT, render_json};

use crate::plans;

#[test]
fn a_small_plan_as_json() {
    insta::assert_snapshot!(render_json(&plans::hello()));
}

#[test]
fn a_middle_plan_as_json() {
    insta::assert_snapshot!(render_json(&plans::site()));
}

#[test]
fn json_names_its_format_first_and_reads_back_as_the_plan() {
    for plan in [plans::hello(), plans::site(), plans::large(), plans::hostile()] {
        let json = render_json(&plan);
        assert!(json.starts_with(&format!("{{\n  \"format\": {FORMAT},\n  \"name\": ")));
        assert_eq!(serde_json::from_str::<Plan>(&json).unwrap(), plan);
    }
}
