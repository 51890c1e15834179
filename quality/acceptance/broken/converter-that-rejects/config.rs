//! A type of key that knows two colours.

use sarab_config::*;

#[derive(Clone, PartialEq)]
enum Colour {
    Dark,
    Light,
}

impl Value for Colour {
    const NAME: &'static str = "COLOUR";
    const RUST: &'static str = "broken::Colour";

    fn parse(text: &str) -> Result<Self, Wrong> {
        match text {
            "dark" => Ok(Self::Dark),
            "light" => Ok(Self::Light),
            _ => Err(Wrong::expected("dark or light")),
        }
    }

    fn render(&self) -> String {
        if *self == Self::Dark { "dark".into() } else { "light".into() }
    }
}

fn main() {
    let colour = key::<Colour>("colour").doc("Colour of the pages.").default(Colour::Dark);
    let pages = if_(&colour.eq(Colour::Light), files("light"), files("htdocs"));
    let start = job::<fn(Tcp, KvRead, u16)>("start");
    register("broken", [start.of((tcp(&stack("service")), pages, constant(80)))]);
}
