//! Where the sources of the system itself are: a project depends on them by path.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::report::{Failure, Report};

/// Where to look for the sources of the system that a tool builds unikernels from.
#[derive(Clone, Copy, Debug)]
pub struct Sources {
    /// The folder they were in when the tool was built.
    pub built_from: &'static str,
    /// The environment variable that names another folder.
    pub variable: &'static str,
}

/// The folder of those sources, found and looked at.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    folder: PathBuf,
    variable: &'static str,
    is_given: bool,
}

impl Sources {
    /// Finds the sources; fails if there is no such folder.
    pub(crate) fn find(&self) -> Result<Home, Failure> {
        let given = env::var_os(self.variable).filter(|folder| !folder.is_empty());
        self.find_given(given.map(PathBuf::from))
    }

    fn find_given(&self, given: Option<PathBuf>) -> Result<Home, Failure> {
        let is_given = given.is_some();
        let folder = given.unwrap_or_else(|| PathBuf::from(self.built_from));
        let home = |folder| Home { folder, variable: self.variable, is_given };
        match folder.canonicalize() {
            Ok(folder) => Ok(home(folder)),
            Err(error) => Err(home(folder.clone()).absent(&folder, &error.to_string())),
        }
    }
}

impl Home {
    /// Returns the folder of the crate that lies at `path` in the sources.
    pub(crate) fn of(&self, path: &str) -> Result<PathBuf, Failure> {
        let folder = self.folder.join(path);
        if folder.join("Cargo.toml").is_file() {
            return Ok(folder);
        }
        Err(self.absent(&folder, "there is no Cargo.toml in it"))
    }

    /// Returns the file of the versions that the sources are locked to.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.folder.join("Cargo.lock")
    }

    fn absent(&self, folder: &Path, why: &str) -> Failure {
        let folder = folder.display();
        let help = if self.is_given {
            format!("the environment variable {} names this place", self.variable)
        } else {
            format!("set {} to a folder that holds the sources", self.variable)
        };
        Report::error(format!("no sources to build from in `{folder}`: {why}")).help(help).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: Sources = Sources { built_from: "/no/such/folder", variable: "ANY_HOME" };

    fn message(failure: &Failure) -> String {
        let report = &failure.reports[0];
        format!("{} ({})", report.message, report.help.as_deref().unwrap_or_default())
    }

    #[test]
    fn a_folder_that_moved_away_is_named_with_the_way_out() {
        let failure = SOURCES.find_given(None).unwrap_err();
        let text = message(&failure);
        assert!(text.contains("`/no/such/folder`"), "{text}");
        assert!(text.contains("set ANY_HOME to a folder"), "{text}");
    }

    #[test]
    fn a_folder_without_the_crate_is_named_with_the_variable_that_chose_it() {
        let empty = tempfile::tempdir().unwrap();
        let home = SOURCES.find_given(Some(empty.path().to_path_buf())).unwrap();
        let text = message(&home.of("tool/config").unwrap_err());
        assert!(text.contains("tool/config`: there is no Cargo.toml in it"), "{text}");
        assert!(text.contains("the environment variable ANY_HOME names this place"), "{text}");
    }
}
