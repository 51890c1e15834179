//! Paths in an image.

use clap::ArgMatches;
use sarab_kit::Problem;

/// Reads the argument `path`.
pub(crate) fn of(matches: &ArgMatches) -> Result<String, Problem> {
    let path = matches.get_one::<String>("path").map(String::as_str).unwrap_or_default();
    normal(path)
}

/// Returns a path without what means nothing: `/a//b/` is `a/b`, and `/` is empty.
pub(crate) fn normal(path: &str) -> Result<String, Problem> {
    let parts: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.contains(&"..") {
        let problem = Problem::new(format!("`{path}` has a `..` in it"));
        return Err(problem.help("name the file from the root of the image").usage());
    }
    Ok(parts.join("/"))
}

/// Returns the path of `name` in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Returns the folder of a path, and its name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_people_write_them() {
        for (path, expected) in [("/", ""), ("", ""), ("/a//b/", "a/b"), ("./a/.", "a")] {
            assert_eq!(normal(path), Ok(expected.to_owned()));
        }
        assert!(normal("a/../b").is_err());
    }
}
