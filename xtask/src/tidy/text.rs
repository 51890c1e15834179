//! What every text file must look like, whatever its language.

use std::{fs, path::Path, process::Command};

use super::Breach;

/// Endings of files that a person wrote, so that its lines must be clean.
const WRITTEN: [&str; 4] = [".rs", ".toml", ".md", ".sh"];

/// The one character outside ASCII that code may hold: it cites a section of a specification.
const SECTION: char = '\u{a7}';

/// Returns the files of the project that git tracks or would track, from the project's folder.
pub(super) fn tracked(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git ls-files: {error}"))?;
    if !output.status.success() {
        return Err(format!("git ls-files: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    let there = |path: &&str| !path.is_empty() && root.join(path).is_file();
    Ok(list.split('\0').filter(there).map(str::to_string).collect())
}

pub(super) fn check(root: &Path) -> Result<Vec<Breach>, String> {
    let mut breaches = Vec::new();
    for path in tracked(root)? {
        if WRITTEN.iter().any(|ending| path.ends_with(ending)) {
            let text = fs::read_to_string(root.join(&path));
            let text = text.map_err(|error| format!("{path}: {error}"))?;
            breaches.extend(check_text(&path, &text));
        }
    }
    Ok(breaches)
}

fn check_text(path: &str, text: &str) -> Vec<Breach> {
    let lines = text.lines().enumerate();
    let mut breaches: Vec<Breach> = lines
        .filter_map(|(index, line)| {
            Some(Breach::new(format!("{path}:{}", index + 1), check_line(path, line)?))
        })
        .collect();
    if !text.is_empty() && !text.ends_with('\n') {
        breaches.push(Breach::new(path, "does not end with a newline"));
    }
    breaches
}

fn check_line(path: &str, line: &str) -> Option<&'static str> {
    if line.ends_with([' ', '\t']) {
        return Some("blanks at the end of the line");
    }
    if line.contains('\t') {
        return Some("a tab");
    }
    let is_code = path.ends_with(".rs") || path.ends_with(".toml");
    let is_plain = |letter: char| letter.is_ascii() || letter == SECTION;
    let is_odd = is_code && !line.chars().all(is_plain);
    is_odd.then_some("a character outside ASCII; write it as an escape")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unclean_lines_are_found() {
        for (path, text, clean) in [
            ("a.rs", "fn f() {}\n", true),
            ("a.rs", "fn f() {} \n", false),
            ("a.rs", "\tfn f() {}\n", false),
            ("a.rs", "fn f() {}", false),
            ("a.rs", "// \u{fc}\n", false),
            ("a.md", "\u{633}\n", true),
        ] {
            assert_eq!(check_text(path, text).is_empty(), clean, "{path}: {text:?}");
        }
    }
}
