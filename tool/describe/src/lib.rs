//! A plan as text, dot, SVG and JSON, and why a device is in it.
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
