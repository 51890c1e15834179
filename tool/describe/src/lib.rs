//! A plan as text, dot, SVG and JSON, and why a device is in it.
//!
//! A [`Plan`](sarab_compose::plan::Plan) is one unikernel, evaluated for one target. This crate
//! shows it, and decides nothing:
//!
//! | function | gives |
//! |---|---|
//! | [`render_text`] | a text for a terminal: trees of devices, keys, decisions, host resources |
//! | [`render_svg`] | a picture, laid out here, for light and dark pages |
//! | [`render_dot`] | a graph for graphviz, for those who want to lay it out themselves |
//! | [`render_json`] | JSON for programs, with a [`FORMAT`] version |
//! | [`why`] | the ways from the jobs to one device, and the key values that chose it |
//!
//! All are functions from a plan to a text: they read no file, ask no terminal, and equal plans
//! make equal bytes. Whoever calls decides about [`Colour`]. Plans that are wrong (ids of devices
//! that are not there, names full of quotes) are shown as far as they make sense; none panics.
//!
//! # Example
//!
//! A plan comes from `config.rs`; here it is written out as the JSON that it travels as.
//!
//! ```
//! use sarab_compose::plan::Plan;
//! use sarab_describe::{Colour, render_svg, render_text, why};
//!
//! let origin = r#"{ "file": "config.rs", "line": 4, "column": 16 }"#;
//! let plan: Plan = serde_json::from_str(&format!(r#"{{
//!     "name": "web", "target": "unix", "keys": [], "decisions": [], "modules": [], "files": [],
//!     "devices": [{{
//!         "name": "service", "kind": "Stack", "label": "sockets of the host",
//!         "constructor": {{ "Make": "sarab_unix::SocketStack::new" }}, "arguments": [],
//!         "after": [], "crates": [], "resources": [], "decisions": [], "origin": {origin}
//!     }}],
//!     "jobs": [{{
//!         "function": "start", "parameters": ["Stack"], "arguments": [{{ "Device": 0 }}],
//!         "after": [], "origin": {origin}
//!     }}]
//! }}"#))?;
//!
//! assert_eq!(render_text(&plan, Colour::Plain), "\
//! web for unix: 1 job, 1 device
//!
//! start(Stack)
//! \u{2514}\u{2500} service  Stack  sockets of the host
//!
//! Asked of the host
//!   nothing
//! ");
//! assert!(render_svg(&plan).starts_with("<svg "));
//! let error = why(&plan, "servce", Colour::Plain).unwrap_err();
//! assert_eq!(error.help(), "did you mean `service`? the devices are: service");
//! # Ok::<(), serde_json::Error>(())
//! ```
#![forbid(unsafe_code)]

mod colour;
mod dot;
mod family;
mod graph;
mod json;
mod line;
mod svg;
mod text;
mod tree;
mod why;
mod words;

pub use colour::Colour;
pub use dot::render_dot;
pub use json::{FORMAT, render_json};
pub use svg::render_svg;
pub use text::render_text;
pub use why::{WhyError, why};
