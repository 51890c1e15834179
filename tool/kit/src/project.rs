//! A project: the package of a unikernel's program, and what cargo knows of it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cargo_metadata::{
    DependencyKind, Metadata, MetadataCommand, Package, TargetKind, camino::Utf8Path,
};

use crate::report::{Context, Failure, Report};

/// The folders in which cargo builds; no program has one of these names.
pub(crate) const OF_CARGO: [&str; 4] = ["build", "deps", "examples", "incremental"];

/// The package of a program.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    /// Its folder, without symbolic links.
    pub(crate) folder: PathBuf,
    /// Its name in Cargo.toml.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// The edition it is written in.
    pub(crate) edition: String,
    /// The name of its library in Rust code.
    pub(crate) library: String,
    /// The file of its library.
    pub(crate) library_file: PathBuf,
    /// Its config.rs, if it has one.
    pub(crate) config_file: Option<PathBuf>,
    /// The lines of `[dependencies]` that give config.rs what the project's tests get.
    pub(crate) dev_dependencies: Vec<cargo_metadata::Dependency>,
    /// The folder of everything that is made for it.
    pub(crate) output: PathBuf,
    /// The folder that cargo builds in, shared by the projects of a workspace.
    pub(crate) build_folder: PathBuf,
    /// The versions that its workspace is locked to.
    pub(crate) lock_file: PathBuf,
}

impl Project {
    /// Opens the project in `folder`; `tool` is the name of the command, for advice.
    pub(crate) fn open(folder: &Path, tool: &str) -> Result<Self, Failure> {
        let folder = folder.canonicalize().map_err(|error| no_folder(folder, &error, tool))?;
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            let message = format!("no project in `{}`: it has no Cargo.toml", folder.display());
            let help = format!("`{tool} new NAME` makes a project; `{tool} run NAME` runs it");
            return Err(Report::error(message).help(help).into());
        }
        let metadata = metadata(&folder, &manifest)?;
        let package = metadata.packages.iter().find(|package| package.manifest_path == manifest);
        let package = package.ok_or_else(|| no_package(&metadata, &folder))?;
        Self::from_package(folder, package, &metadata, tool)
    }

    fn from_package(
        folder: PathBuf,
        package: &Package,
        metadata: &Metadata,
        tool: &str,
    ) -> Result<Self, Failure> {
        let library = package.targets.iter().find(|target| target.is_kind(TargetKind::Lib));
        let Some(library) = library else {
            let message = format!("package `{}` has no library", package.name);
            let help = "a program is a library: put the job `start` into src/lib.rs";
            return Err(Report::error(message).help(help).into());
        };
        if OF_CARGO.contains(&package.name.as_str()) {
            let message = format!("a program cannot be called `{}`", package.name);
            let help = "cargo has a folder of that name: rename the package in Cargo.toml";
            return Err(Report::error(message).help(help).into());
        }
        let config_file = folder.join("config.rs");
        let made = metadata.target_directory.join(tool);
        let is_dev = |dependency: &&cargo_metadata::Dependency| {
            dependency.kind == DependencyKind::Development
        };
        Ok(Self {
            name: package.name.to_string(),
            version: package.version.to_string(),
            edition: package.edition.to_string(),
            library: library.name.replace('-', "_"),
            library_file: library.src_path.clone().into(),
            config_file: config_file.is_file().then_some(config_file),
            dev_dependencies: package.dependencies.iter().filter(is_dev).cloned().collect(),
            output: made.join(package.name.as_str()).into(),
            build_folder: made.join("build").into(),
            lock_file: metadata.workspace_root.join("Cargo.lock").into(),
            folder,
        })
    }

    /// Removes everything that was made for this project, and what cargo built unless another
    /// project uses it too; returns whether there was anything.
    pub(crate) fn clean(&self) -> Result<bool, Failure> {
        let is_there = self.output.is_dir();
        if is_there {
            fs::remove_dir_all(&self.output).context("remove", &self.output)?;
        }
        if self.build_folder.is_dir() && !self.shares_build_folder() {
            fs::remove_dir_all(&self.build_folder).context("remove", &self.build_folder)?;
        }
        Ok(is_there)
    }

    /// Returns whether another project has something beside the folder that cargo builds in.
    fn shares_build_folder(&self) -> bool {
        let made = self.build_folder.parent().and_then(|made| fs::read_dir(made).ok());
        made.into_iter().flatten().flatten().any(|entry| entry.path() != self.build_folder)
    }
}

/// Asks cargo for the package and its workspace.
fn metadata(folder: &Path, manifest: &Path) -> Result<Metadata, Failure> {
    let asked = MetadataCommand::new().current_dir(folder).manifest_path(manifest).no_deps().exec();
    asked.map_err(|error| match error {
        cargo_metadata::Error::CargoMetadata { stderr } => {
            Report::error(format!("cargo does not accept `{}`", manifest.display()))
                .rendered(stderr)
                .into()
        }
        other => Report::error(format!("cannot run cargo: {other}")).into(),
    })
}

fn no_folder(folder: &Path, error: &io::Error, tool: &str) -> Failure {
    let folder = folder.display();
    if error.kind() != io::ErrorKind::NotFound {
        return Report::error(format!("no project in `{folder}`: {error}")).into();
    }
    let report = Report::error(format!("there is no folder `{folder}`"));
    report.help(format!("`{tool} new {folder}` makes a project there")).into()
}

/// Names the members of a workspace that somebody took for a project.
fn no_package(metadata: &Metadata, folder: &Path) -> Failure {
    let mut members = Vec::new();
    for package in metadata.workspace_packages() {
        if package.dependencies.iter().any(|dependency| dependency.name == "sarab") {
            let member = package.manifest_path.parent().map(Utf8Path::as_std_path);
            members.extend(member.and_then(|member| member.strip_prefix(folder).ok()));
        }
    }
    let message = format!("`{}` is a workspace and not a project", folder.display());
    let names = members.iter().map(|member| format!("`{}`", member.display()));
    let help = match names.collect::<Vec<_>>().as_slice() {
        [] => "name the folder of one of its members".to_string(),
        some => format!("name one of its members: {}", some.join(", ")),
    };
    Report::error(message).help(help).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    const MANIFEST: &str = "[package]\nname = \"my-site\"\nedition = \"2024\"\n[workspace]\n";

    #[test]
    fn a_package_with_a_library_is_a_project() {
        let folder = written(&[("Cargo.toml", MANIFEST), ("src/lib.rs", "")]);
        let project = Project::open(folder.path(), "sarab").unwrap();
        assert_eq!((project.name.as_str(), project.library.as_str()), ("my-site", "my_site"));
        assert_eq!(project.version, "0.0.0");
        assert!(project.config_file.is_none());
        assert!(project.output.ends_with("sarab/my-site"));
    }

    #[test]
    fn a_config_file_beside_the_manifest_is_found() {
        let files = [("Cargo.toml", MANIFEST), ("src/lib.rs", ""), ("config.rs", "fn main() {}")];
        let folder = written(&files);
        let project = Project::open(folder.path(), "sarab").unwrap();
        assert!(project.config_file.unwrap().ends_with("config.rs"));
    }

    #[test]
    fn the_last_project_to_be_cleaned_takes_what_cargo_built_along() {
        let folder = written(&[("Cargo.toml", MANIFEST), ("src/lib.rs", "")]);
        // Not where the environment may say that cargo builds.
        let made = folder.path().join("made");
        let (output, build_folder) = (made.join("my-site"), made.join("build"));
        let other = made.join("other");
        for made in [&output, &build_folder, &other] {
            fs::create_dir_all(made).unwrap();
        }
        let project = Project::open(folder.path(), "sarab").unwrap();
        let project = Project { output, build_folder, ..project };
        assert!(project.clean().unwrap());
        assert!(project.build_folder.is_dir());
        fs::remove_dir(&other).unwrap();
        assert!(!project.clean().unwrap());
        assert!(!project.build_folder.exists());
    }

    #[test]
    fn a_folder_without_a_manifest_is_no_project() {
        let folder = written(&[]);
        let failure = Project::open(folder.path(), "sarab").unwrap_err();
        assert_eq!(failure.status, 1);
        assert!(failure.reports[0].message.contains("it has no Cargo.toml"));
    }

    #[test]
    fn a_package_without_a_library_is_told_where_the_program_goes() {
        let folder = written(&[("Cargo.toml", MANIFEST), ("src/main.rs", "fn main() {}")]);
        let failure = Project::open(folder.path(), "sarab").unwrap_err();
        assert_eq!(failure.reports[0].message, "package `my-site` has no library");
    }

    #[test]
    fn a_package_is_not_called_as_the_folder_that_cargo_builds_in() {
        let manifest = MANIFEST.replace("my-site", "build");
        let folder = written(&[("Cargo.toml", &manifest), ("src/lib.rs", "")]);
        let failure = Project::open(folder.path(), "sarab").unwrap_err();
        assert_eq!(failure.reports[0].message, "a program cannot be called `build`");
    }

    #[test]
    fn a_manifest_that_cargo_refuses_is_shown_in_the_words_of_cargo() {
        let folder = written(&[("Cargo.toml", "[package]\nname = 7\n"), ("src/lib.rs", "")]);
        let failure = Project::open(folder.path(), "sarab").unwrap_err();
        assert!(failure.reports[0].rendered.as_ref().unwrap().contains("name = 7"));
    }

    #[test]
    fn a_workspace_names_its_members_that_are_programs() {
        let member =
            "[package]\nname = \"a\"\nedition = \"2024\"\n[dependencies]\nsarab = \"0.1\"\n";
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = [\"a\"]\nresolver = \"3\"\n"),
            ("a/Cargo.toml", member),
            ("a/src/lib.rs", ""),
        ];
        let folder = written(&files);
        let failure = Project::open(folder.path(), "sarab").unwrap_err();
        assert_eq!(failure.reports[0].help.as_ref().unwrap(), "name one of its members: `a`");
    }
}
