//! Shows a colour.
#![no_std]
extern crate alloc;

use alloc::string::{String, ToString};

use sarab::key::{Value, Wrong};

/// The number of a colour.
#[derive(Clone)]
pub struct Colour(u8);

impl Value for Colour {
    const NAME: &'static str = "COLOUR";
    const RUST: &'static str = "broken::Colour";

    fn parse(text: &str) -> Result<Self, Wrong> {
        text.parse().map(Self).map_err(|_| Wrong::expected("a number of a colour"))
    }

    fn render(&self) -> String {
        self.0.to_string()
    }
}

/// Shows nothing.
pub async fn start(colour: Colour) {
    let _ = colour;
}
