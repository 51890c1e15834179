//! Colours on a terminal: each stands for a meaning, and none is needed to understand the text.

use anstyle::{AnsiColor, Style};

use crate::family::Family;

/// Whether a text carries ANSI escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Escapes of the 16 colours that every terminal has, in the user's own palette.
    Ansi,
    /// None: for files, pipes and `NO_COLOR`.
    Plain,
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// As it is.
    Text,
    /// The head of a section.
    Heading,
    /// The unikernel, or a job.
    Job,
    /// A device, or its kind.
    Device(Family),
    /// The name of a key.
    Key,
    /// A value that somebody gave.
    Given,
    /// A value that holds because nobody gave one.
    Default,
    /// Something that is still missing.
    Missing,
    /// The answer that was chosen.
    Chosen,
    /// Lines, places, and what was not chosen.
    Muted,
}

impl Colour {
    /// Writes `text` as what it is.
    pub(crate) fn paint(self, role: Role, text: &str) -> String {
        let style = style(role);
        if self == Colour::Plain || style.is_plain() || text.is_empty() {
            return text.to_owned();
        }
        format!("{style}{text}{style:#}")
    }
}

fn style(role: Role) -> Style {
    match role {
        Role::Text | Role::Default => Style::new(),
        Role::Heading => Style::new().bold().underline(),
        Role::Job | Role::Chosen => Style::new().bold(),
        Role::Device(Family::Network) => AnsiColor::Cyan.on_default(),
        Role::Device(Family::Storage) => AnsiColor::Green.on_default(),
        Role::Device(Family::Other) => AnsiColor::Magenta.on_default(),
        Role::Key => AnsiColor::Blue.on_default(),
        Role::Given => AnsiColor::Yellow.on_default(),
        Role::Missing => AnsiColor::Red.on_default().bold(),
        Role::Muted => Style::new().dimmed(),
    }
}
