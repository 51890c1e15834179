//! Closed sets of words as values of keys.

use alloc::format;

use crate::{Wrong, closest};

/// Makes an enum whose values are a few fixed words a [`Value`](crate::Value).
///
/// The doc comments stay on the enum and its variants. A text that is none of the words is told
/// all of them, and the one that was probably meant.
///
/// ```
/// use sarab_key::Value;
///
/// sarab_key::choices! {
///     /// A language to greet in.
///     pub enum Language {
///         /// English.
///         English = "en",
///         /// French.
///         French = "fr",
///     }
/// }
///
/// assert_eq!(Language::parse("fr"), Ok(Language::French));
/// assert_eq!(Language::CHOICES, ["en", "fr"]);
/// assert_eq!(Language::parse("de").unwrap_err().to_string(), "expected one of en, fr");
/// ```
///
/// The enum gets `Clone`, `Copy`, `Debug`, `PartialEq`, `Eq` and `Hash`.
#[macro_export]
macro_rules! choices {
    (
        $(#[$attribute:meta])*
        $visibility:vis enum $name:ident {
            $( $(#[$variant_attribute:meta])* $variant:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        $visibility enum $name {
            $( $(#[$variant_attribute])* $variant ),+
        }

        impl $crate::Value for $name {
            const NAME: &'static str = "CHOICE";
            const RUST: &'static str = concat!(module_path!(), "::", stringify!($name));
            const CHOICES: &'static [&'static str] = &[$($word),+];

            fn parse(text: &str) -> ::core::result::Result<Self, $crate::Wrong> {
                let values = [$(Self::$variant),+];
                $crate::expansion::parse_choice(text, Self::CHOICES, &values)
            }

            fn render(&self) -> $crate::expansion::String {
                let word = match self {
                    $( Self::$variant => $word ),+
                };
                word.into()
            }
        }
    };
}

/// Finds the value whose word is `text`; `words` and `values` are in the same order.
pub fn parse<T: Copy>(
    text: &str,
    words: &'static [&'static str],
    values: &[T],
) -> Result<T, Wrong> {
    let found = words.iter().position(|word| *word == text);
    found.map(|at| values[at]).ok_or_else(|| one_of(text, words))
}

fn one_of(text: &str, words: &'static [&'static str]) -> Wrong {
    let expected = Wrong::expected(format!("one of {}", words.join(", ")));
    expected.meant(closest(text, words.iter().copied()))
}

#[cfg(test)]
mod tests {
    use crate::Value;
    use alloc::string::ToString;

    choices! {
        enum Format {
            Text = "text",
            Json = "json",
        }
    }

    #[test]
    fn every_choice_comes_back() {
        for value in [Format::Text, Format::Json] {
            assert_eq!(Format::parse(&value.render()), Ok(value));
        }
    }

    #[test]
    fn a_mistyped_choice_is_told_the_nearest_one() {
        let wrong = Format::parse("jsno").unwrap_err();
        assert_eq!(wrong.to_string(), "expected one of text, json, did you mean json?");
    }

    #[test]
    fn the_type_is_named_by_its_path() {
        assert_eq!(Format::RUST, "sarab_key::choices::tests::Format");
    }
}
