//! What a type must offer to be the type of a key.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

/// A type whose values are written as one word of a command line.
///
/// `parse(render(x)) == x` holds for every value, so that a value which was given when configuring
/// is the same when the program boots.
///
/// A program's own type needs only this trait; [`choices!`](crate::choices) writes it for an enum
/// whose values are a few fixed words.
///
/// ```
/// use sarab_key::{Value, Wrong};
///
/// #[derive(Clone)]
/// struct Celsius(i16);
///
/// impl Value for Celsius {
///     const NAME: &'static str = "TEMPERATURE";
///     const RUST: &'static str = "weather::Celsius";
///
///     fn parse(text: &str) -> Result<Self, Wrong> {
///         let degrees = text.strip_suffix('C').and_then(|degrees| degrees.parse().ok());
///         degrees.map(Celsius).ok_or(Wrong::expected("a temperature like 20C"))
///     }
///
///     fn render(&self) -> String {
///         format!("{}C", self.0)
///     }
/// }
/// ```
pub trait Value: Clone + 'static {
    /// What stands for a value in a help text (`PORT`, `IP`, `TIME`).
    const NAME: &'static str;

    /// The type as a path that generated code can use (`u16`, `sarab_key::Size`).
    const RUST: &'static str;

    /// All values, as they are written, where they are few; else empty.
    const CHOICES: &'static [&'static str] = &[];

    /// Reads a value from the whole of `text`.
    fn parse(text: &str) -> Result<Self, Wrong>;

    /// Writes the value so that [`parse`](Value::parse) reads it back.
    fn render(&self) -> String;
}

/// A text is not a value of the wanted type.
///
/// Says only what was expected; who prints it knows the text and the key, and names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    expected: Cow<'static, str>,
    closest: Option<String>,
}

impl Wrong {
    /// Tells what was expected, with an example where that helps: `a time like 1m30s`.
    pub fn expected(what: impl Into<Cow<'static, str>>) -> Self {
        Self { expected: what.into(), closest: None }
    }

    /// Adds the valid text that was probably meant.
    #[must_use]
    pub fn meant(self, closest: Option<&str>) -> Self {
        Self { closest: closest.map(String::from), ..self }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)?;
        match &self.closest {
            Some(closest) => write!(f, ", did you mean {closest}?"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for Wrong {}
