//! How wide a text becomes, without a font at hand.
//!
//! Nobody knows which font a picture will be shown with. The widths are those of a wide one (as
//! `DejaVu Sans` and Verdana are), so that a text fits its box with every usual font.

use unicode_width::UnicodeWidthChar;

/// A style of text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Face {
    /// The size, in pixels.
    pub(super) size: f64,
    /// How much wider it runs than regular text.
    stretch: f64,
    /// Whether all letters are of one width.
    is_mono: bool,
}

/// The name on a card.
pub(super) const NAME: Face = Face { size: 14.0, stretch: 1.1, is_mono: false };
/// Plain text on a card.
pub(super) const LABEL: Face = Face { size: 12.0, stretch: 1.0, is_mono: false };
/// Small print.
pub(super) const SMALL: Face = Face { size: 11.0, stretch: 1.05, is_mono: false };
/// Keys and values.
pub(super) const CODE: Face = Face { size: 11.0, stretch: 1.0, is_mono: true };
/// The name of the unikernel.
pub(super) const TITLE: Face = Face { size: 20.0, stretch: 1.1, is_mono: false };

/// How wide a text is, in pixels.
pub(super) fn width(text: &str, face: Face) -> f64 {
    text.chars().map(|letter| advance(letter, face)).sum::<f64>() * face.size * face.stretch
}

/// Cuts a text to a width; an ellipsis stands for what is missing.
pub(super) fn clip(text: &str, face: Face, limit: f64) -> String {
    if width(text, face) <= limit {
        return text.to_owned();
    }
    let mut left = limit / (face.size * face.stretch) - advance('\u{2026}', face);
    let kept: String = text
        .chars()
        .take_while(|letter| {
            left -= advance(*letter, face);
            left >= 0.0
        })
        .collect();
    format!("{}\u{2026}", kept.trim_end())
}

/// How far a letter moves the pen, in parts of the size.
fn advance(letter: char, face: Face) -> f64 {
    match letter {
        _ if letter.width() == Some(2) => 1.0,
        _ if letter.width().is_none_or(|width| width == 0) => 0.0,
        _ if face.is_mono => 0.61,
        'i' | 'j' | 'l' | '\'' | '|' => 0.3,
        ' ' | '.' | ',' | ':' | ';' | 'I' | '/' | '\\' | '!' | '-' => 0.36,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '"' => 0.41,
        's' | 'c' | 'z' | 'k' | '_' | 'J' | '*' => 0.56,
        'm' | 'W' | '@' | '%' | '\u{2026}' => 0.99,
        'w' | 'M' | '=' | '+' | '<' | '>' | '~' | '#' | '&' => 0.85,
        'O' | 'Q' | 'D' | 'G' | 'N' | 'H' | 'U' => 0.77,
        'A'..='Z' => 0.68,
        _ => 0.63,
    }
}
