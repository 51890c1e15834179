//! What is written on a card, and how large that makes it.

use super::face::{self, CODE, Face, LABEL, NAME, SMALL};
use crate::family::Family;

/// The space inside a card, left and right.
pub(super) const PADDING_X: f64 = 14.0;
/// The space inside a card, above and below.
const PADDING_Y: f64 = 12.0;
/// The least width of a card.
const WIDTH_MIN: f64 = 120.0;
/// The greatest width of what is written; what is longer is cut.
const TEXT_MAX: f64 = 250.0;
/// The space between the name and the kind.
const TAG_GAP: f64 = 18.0;

/// What a card stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A function of the program.
    Job,
    /// A device.
    Device(Family),
    /// Something of the host.
    Host,
}

/// A card, ready to be placed.
#[derive(Clone, Debug)]
pub(super) struct Card {
    /// What it stands for.
    pub(super) role: Role,
    /// All that there is to say, for a pointer that rests on it and for a screen reader.
    pub(super) title: String,
    /// What is written on it, top to bottom.
    pub(super) lines: Vec<Line>,
    /// Its width, in pixels.
    pub(super) width: f64,
    /// Its height, in pixels.
    pub(super) height: f64,
}

/// A line on a card.
#[derive(Clone, Debug)]
pub(super) enum Line {
    /// The name, and what kind of thing it is.
    Head(String, String),
    /// What it is in a few words.
    Label(String),
    /// A key and its value, or what is to be said where it has none.
    Key(String, Result<String, String>),
    /// A decision: what was asked, what was chosen, what was not.
    Choice(String, String, Vec<String>),
}

impl Card {
    /// Makes a card that is large enough for its lines.
    pub(super) fn new(role: Role, title: String, lines: Vec<Line>) -> Self {
        let lines: Vec<_> = lines.into_iter().map(Line::clipped).collect();
        let text = lines.iter().map(Line::width).fold(0.0, f64::max);
        let height = lines.iter().map(Line::height).sum::<f64>() + 2.0 * PADDING_Y;
        let width = (text + 2.0 * PADDING_X).max(WIDTH_MIN).ceil();
        Self { role, title, lines, width, height }
    }

    /// The lines, each with the height of its baseline from the top of the card.
    pub(super) fn baselines(&self) -> impl Iterator<Item = (f64, &Line)> {
        self.lines.iter().scan(PADDING_Y, |top, line| {
            let baseline = *top + line.height() - (line.height() - line.face().size) / 2.0 - 2.0;
            *top += line.height();
            Some((baseline, line))
        })
    }
}

impl Line {
    fn face(&self) -> Face {
        match self {
            Self::Head(..) => NAME,
            Self::Label(_) => LABEL,
            Self::Key(..) => CODE,
            Self::Choice(..) => SMALL,
        }
    }

    fn height(&self) -> f64 {
        match self {
            Self::Head(..) => 18.0,
            _ => 17.0,
        }
    }

    fn width(&self) -> f64 {
        match self {
            Self::Head(name, kind) if kind.is_empty() => face::width(name, NAME),
            Self::Head(name, kind) => face::width(name, NAME) + TAG_GAP + face::width(kind, SMALL),
            Self::Label(label) => face::width(label, LABEL),
            Self::Key(option, Ok(value) | Err(value)) => {
                face::width(&format!("{option} {value}"), CODE)
            }
            Self::Choice(question, answer, others) => {
                face::width(&choice(question, answer, others), SMALL)
            }
        }
    }

    /// Cuts what is too long for a card.
    fn clipped(self) -> Self {
        match self {
            Self::Head(name, kind) => {
                let kind = face::clip(&kind, SMALL, TEXT_MAX / 3.0);
                let left = TEXT_MAX - TAG_GAP - face::width(&kind, SMALL);
                Self::Head(face::clip(&name, NAME, left), kind)
            }
            Self::Label(label) => Self::Label(face::clip(&label, LABEL, TEXT_MAX)),
            Self::Key(option, value) => {
                let option = face::clip(&option, CODE, TEXT_MAX * 0.6);
                let left = TEXT_MAX - face::width(&option, CODE) - face::width(" ", CODE);
                let clip = |text: String| face::clip(&text, CODE, left);
                Self::Key(option, value.map(clip).map_err(clip))
            }
            Self::Choice(question, answer, others) => {
                let question = face::clip(&question, SMALL, TEXT_MAX * 0.4);
                let answer = face::clip(&answer, SMALL, TEXT_MAX * 0.4);
                let others = fitting(&question, &answer, others);
                Self::Choice(question, answer, others)
            }
        }
    }
}

/// The answers not chosen, as many as have room, and how many have not.
fn fitting(question: &str, answer: &str, mut others: Vec<String>) -> Vec<String> {
    let count = others.len();
    while face::width(&choice(question, answer, &others), SMALL) > TEXT_MAX && others.len() > 1 {
        others.truncate(others.len() - 2);
        others.push(format!("+{}", count - others.len()));
    }
    if face::width(&choice(question, answer, &others), SMALL) > TEXT_MAX {
        return Vec::new();
    }
    others
}

/// A choice as it is written, to be measured.
fn choice(question: &str, answer: &str, others: &[String]) -> String {
    [question, answer]
        .into_iter()
        .chain(others.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("  ")
}
