//! Text that the tool writes, and where each line of it comes from.

use sarab_compose::plan::Origin;

/// A generated source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Written {
    text: String,
    origins: Vec<Option<Origin>>,
}

impl Written {
    /// Adds `text`, whole lines without the last line break, which come from nowhere in particular.
    pub(crate) fn line(&mut self, text: &str) {
        self.add(text, None);
    }

    /// Adds `text`, whole lines without the last line break, which come from `origin`.
    pub(crate) fn line_from(&mut self, text: &str, origin: &Origin) {
        self.add(text, Some(origin));
    }

    fn add(&mut self, text: &str, origin: Option<&Origin>) {
        self.text.push_str(text);
        self.text.push('\n');
        self.origins.extend(text.split('\n').map(|_| origin.cloned()));
    }

    /// Returns the whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns where `line`, from 1, comes from; where that is nowhere, the next line that comes
    /// from somewhere speaks for it, else the last before it.
    pub(crate) fn nearest(&self, line: usize) -> Option<&Origin> {
        let at = line.checked_sub(1)?.min(self.origins.len());
        let (before, after) = self.origins.split_at(at);
        after.iter().chain(before.iter().rev()).find_map(Option::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_knows_where_it_comes_from() {
        let origin = |line| Origin { file: "config.rs".into(), line, column: 3 };
        let mut written = Written::default();
        written.line("fn main() {");
        written.line_from("    one(\n    );", &origin(7));
        written.line_from("    two();", &origin(8));
        written.line("}");
        assert_eq!(written.text(), "fn main() {\n    one(\n    );\n    two();\n}\n");
        let lines = [1, 2, 3, 4, 5, 9].map(|line| written.nearest(line).unwrap().line);
        assert_eq!(lines, [7, 7, 7, 8, 8, 8]);
        assert_eq!(written.nearest(0), None);
    }
}
