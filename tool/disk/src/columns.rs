//! Tables for people: columns as wide as what is in them.

use unicode_width::UnicodeWidthStr;

/// How a column is filled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Text stands at the left.
    Left,
    /// Numbers stand at the right.
    Right,
}

/// Returns rows as lines; the last column is not filled up.
pub(crate) fn columns<const N: usize>(sides: [Side; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(sides).zip(&widths).map(|((cell, side), width)| {
            let blanks = " ".repeat(width.saturating_sub(cell.width()));
            if side == Side::Left { format!("{cell}{blanks}") } else { format!("{blanks}{cell}") }
        });
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them() {
        let rows = [["1".into(), "a".into()], ["100".into(), "bc".into()]];
        assert_eq!(columns([Side::Right, Side::Left], &rows), "  1  a\n100  bc\n");
        assert_eq!(columns([Side::Left, Side::Right], &rows), "1     a\n100  bc\n");
    }
}
