//! The crates that an image is built of.

use std::{
    collections::{BTreeSet, HashMap},
    fmt::Write,
    path::Path,
};

use cargo_metadata::{
    DependencyKind, Metadata, MetadataCommand, Node, Package, PackageId, TargetKind,
};

use crate::{
    project::Project,
    report::{Context, Failure, Report},
    toml::quoted,
};

/// The file that lists them.
pub(super) const FILE: &str = "app_crates.rs";

/// The crates that an image is built of.
pub(super) struct Crates {
    /// Those that are linked into it: name and version, sorted.
    pub(super) linked: Vec<(String, String)>,
    /// How many there are with those that only run on the host.
    pub(super) count: usize,
}

impl Crates {
    /// Asks cargo for the crates of the package of `project` in `folder`.
    pub(super) fn of(folder: &Path, project: &Project) -> Result<Self, Failure> {
        let manifest = folder.join("Cargo.toml");
        let platform = format!("--filter-platform={}", env!("KIT_HOST"));
        let metadata = MetadataCommand::new()
            .manifest_path(&manifest)
            .current_dir(&project.folder)
            // What cargo knows of the compiler is kept there; elsewhere it asks five times over.
            .env("CARGO_TARGET_DIR", &project.build_folder)
            .other_options([platform])
            .exec()
            .map_err(|error| no_crates(&manifest, error))?;
        let linked = linked(&metadata).context("find the crates of", &manifest)?;
        Ok(Self { linked, count: metadata.resolve.map_or(0, |resolve| resolve.nodes.len()) })
    }

    /// Returns the file that lists the linked ones for the program itself.
    pub(super) fn text(&self) -> String {
        let mut text = String::from(
            "//! The crates that this image is built of.\n\n\
             /// The name and the version of each, sorted.\n\
             pub const CRATES: &[(&str, &str)] = &[\n",
        );
        for (name, version) in &self.linked {
            let written = writeln!(text, "    ({}, {}),", quoted(name), quoted(version));
            debug_assert!(written.is_ok(), "a string takes everything");
        }
        text + "];\n"
    }
}

fn no_crates(manifest: &Path, error: cargo_metadata::Error) -> Failure {
    let message = format!("cargo cannot find the crates of `{}`", manifest.display());
    let report = Report::error(message);
    match error {
        cargo_metadata::Error::CargoMetadata { stderr } => report.rendered(stderr).into(),
        other => report.note(other.to_string()).into(),
    }
}

/// Returns the crates below the root that end up in the image: no macros, no build scripts.
fn linked(metadata: &Metadata) -> Result<Vec<(String, String)>, &'static str> {
    let resolve = metadata.resolve.as_ref().ok_or("cargo resolved nothing")?;
    let root = resolve.root.as_ref().ok_or("the package has no root")?;
    let nodes: HashMap<_, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let packages: HashMap<_, _> =
        metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let mut seen = BTreeSet::from([root]);
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        let below = nodes.get(id).into_iter().flat_map(|node| below(node, &packages));
        for id in below {
            if seen.insert(id) {
                open.push(id);
            }
        }
    }
    seen.remove(root);
    let mut linked: Vec<_> = seen
        .into_iter()
        .filter_map(|id| packages.get(id))
        .map(|package| (package.name.to_string(), package.version.to_string()))
        .collect();
    linked.sort();
    Ok(linked)
}

fn below<'a>(
    node: &'a Node,
    packages: &HashMap<&PackageId, &Package>,
) -> impl Iterator<Item = &'a PackageId> {
    let is_linked = |dependency: &&cargo_metadata::NodeDep| {
        let is_normal = dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
        let is_macro = packages.get(&dependency.pkg).is_some_and(|package| {
            package.targets.iter().any(|target| target.is_kind(TargetKind::ProcMacro))
        });
        is_normal && !is_macro
    };
    node.deps
        .iter()
        .filter(is_linked)
        .map(|dependency| &dependency.pkg)
        .collect::<Vec<_>>()
        .into_iter()
}
