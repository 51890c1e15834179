//! A type of key whose path in the program is misspelt.

use sarab_config::*;

#[derive(Clone)]
struct Colour(u8);

impl Value for Colour {
    const NAME: &'static str = "COLOUR";
    const RUST: &'static str = "broken::Color";

    fn parse(text: &str) -> Result<Self, Wrong> {
        text.parse().map(Self).map_err(|_| Wrong::expected("a number of a colour"))
    }

    fn render(&self) -> String {
        self.0.to_string()
    }
}

fn main() {
    let colour = key::<Colour>("colour").doc("Colour of the pages.").default(Colour(7));
    register("broken", [job::<fn(Colour)>("start").of(colour)]);
}
