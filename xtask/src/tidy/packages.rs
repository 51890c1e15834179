//! The packages of the workspace, where they lie and what they depend on.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, MetadataCommand, Package, Target};

use super::Breach;

/// The packages of the workspace.
pub(super) struct Packages(pub(super) Vec<Member>);

/// One package of the workspace.
pub(super) struct Member {
    /// Its name.
    pub(super) name: String,
    /// Its folder, from the project's folder (`api/device`).
    pub(super) folder: String,
    /// The packages of the workspace that its own code uses, tests left out.
    pub(super) uses: Vec<String>,
    /// The root files of what it delivers.
    pub(super) roots: Vec<PathBuf>,
}

impl Packages {
    pub(super) fn read(root: &Path) -> Result<Self, String> {
        let metadata = MetadataCommand::new()
            .current_dir(root)
            .no_deps()
            .exec()
            .map_err(|error| format!("cargo metadata: {error}"))?;
        let members = metadata.workspace_packages();
        Ok(Self(members.into_iter().map(|package| Member::new(root, package)).collect()))
    }

    /// Returns the package that the file at `path`, from the project's folder, belongs to.
    pub(super) fn of(&self, path: &str) -> Option<&Member> {
        self.0.iter().find(|member| path.starts_with(&format!("{}/", member.folder)))
    }

    /// Checks that each package has its row in the code map, and each example a README.
    pub(super) fn documented(&self, root: &Path) -> Result<Vec<Breach>, String> {
        let map = fs::read_to_string(root.join("ARCHITECTURE.md"))
            .map_err(|error| format!("ARCHITECTURE.md: {error}"))?;
        let unmapped = |member: &&Member| {
            !member.folder.starts_with("example/") && !map.contains(&format!("`{}`", member.folder))
        };
        let mute = |member: &&Member| {
            member.folder.starts_with("example/")
                && !root.join(&member.folder).join("README.md").exists()
        };
        let rows = self.0.iter().filter(unmapped).map(|member| {
            Breach::new("ARCHITECTURE.md", format!("no row for `{}`", member.folder))
        });
        let readmes =
            self.0.iter().filter(mute).map(|member| Breach::new(&member.folder, "no README.md"));
        Ok(rows.chain(readmes).collect())
    }
}

impl Member {
    fn new(root: &Path, package: &Package) -> Self {
        let manifest = package.manifest_path.as_std_path();
        let folder = manifest.parent().unwrap_or(manifest);
        let folder = folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().into_owned();
        let in_workspace = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.path.is_some())
            .filter(|dependency| dependency.kind != DependencyKind::Development);
        let roots = package.targets.iter().filter(|target| is_delivered(target));
        Self {
            name: package.name.to_string(),
            folder,
            uses: in_workspace.map(|dependency| dependency.name.clone()).collect(),
            roots: roots.map(|target| target.src_path.clone().into_std_path_buf()).collect(),
        }
    }
}

/// Tells a library or a program from a test, an example or a build script.
fn is_delivered(target: &Target) -> bool {
    target.is_lib() || target.is_bin() || target.is_proc_macro()
}
