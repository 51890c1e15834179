//! Lines in columns: text that knows how wide it is on a terminal, escapes aside.

use std::fmt::{Arguments, Write as _};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::colour::{Colour, Role};

/// How many columns a terminal has at least.
pub(crate) const COLUMNS: usize = 80;

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts a text to so many columns; three dots stand for what is missing.
pub(crate) fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(3);
    let kept: String = text
        .chars()
        .take_while(|letter| {
            let rest = left.checked_sub(letter.width().unwrap_or(0));
            left = rest.unwrap_or(0);
            rest.is_some()
        })
        .collect();
    format!("{}...", kept.trim_end())
}

/// Breaks a text between words into lines of at most so many columns, if its words allow it.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Appends a formatted text to a page.
pub(crate) fn append(page: &mut String, text: Arguments<'_>) {
    page.write_fmt(text).expect("a string takes any text");
}

/// One line while it is written.
pub(crate) struct Line {
    colour: Colour,
    text: String,
    width: usize,
    gap: usize,
}

impl Line {
    /// Starts a line, indented.
    pub(crate) fn indented(colour: Colour, columns: usize) -> Self {
        Self { colour, text: String::new(), width: 0, gap: columns }
    }

    /// Appends a piece; control characters become spaces.
    pub(crate) fn put(mut self, role: Role, text: &str) -> Self {
        if text.is_empty() {
            return self;
        }
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.text.push_str(&" ".repeat(self.gap));
        self.text.push_str(&self.colour.paint(role, &text));
        self.width += self.gap + width(&text);
        self.gap = 0;
        self
    }

    /// Goes on at a column, or two columns on where that is passed already.
    pub(crate) fn to(mut self, column: usize) -> Self {
        self.gap = (column.saturating_sub(self.width)).max(2);
        self
    }

    /// How many columns are left from here.
    pub(crate) fn left(&self) -> usize {
        COLUMNS.saturating_sub(self.width + self.gap)
    }

    /// Ends the line. Nothing blank stands at its end.
    pub(crate) fn end(mut self, page: &mut String) {
        self.text.push('\n');
        page.push_str(&self.text);
    }
}
