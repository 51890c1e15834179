//! The rules of ARCHITECTURE.md and STYLE.md, as checks.
//!
//! A rule is a function from the project to its [`Breach`]es. What a machine can check is checked
//! here, so that a review can look at what it cannot.

use std::{fmt, path::Path};

use crate::{Done, report};

mod floors;
mod packages;
mod sources;
mod text;

use packages::Packages;
use sources::Sources;

/// A rule broken in one place.
struct Breach {
    place: String,
    what: String,
}

impl Breach {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Checks every rule and prints each breach.
pub(crate) fn run(root: &Path) -> Done {
    let breaches = breaches(root)?;
    for breach in &breaches {
        report::failure(&breach.to_string());
    }
    match breaches.len() {
        0 => {
            report::good("tidy");
            Ok(())
        }
        count => Err(format!("tidy found {count} breaches")),
    }
}

fn breaches(root: &Path) -> Result<Vec<Breach>, String> {
    let packages = Packages::read(root)?;
    let sources = Sources::read(root, &packages)?;
    let mut all = floors::check(&packages);
    all.extend(packages.documented(root)?);
    all.extend(sources.check());
    all.extend(text::check(root)?);
    Ok(all)
}
