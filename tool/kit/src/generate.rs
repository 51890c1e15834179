//! Writes the package that an image is built from: small, readable, the same for the same plan.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use sarab_compose::plan::Plan;

use crate::{
    files, lock,
    project::{self, Project},
    report::{Context, Failure, Report},
    source::Home,
    tool::{Target, Tool},
    written::Written,
};

mod build_script;
mod crates;
mod keys;
mod main_file;
mod manifest;
mod notes;

/// A package that was written.
pub(crate) struct Package {
    /// Its folder.
    pub(crate) folder: PathBuf,
    /// The text of its `src/main.rs`, with where each line comes from.
    pub(crate) main: Written,
    /// How many crates it is built of, those that only run on the host included.
    pub(crate) crates: usize,
    /// The target that it is for.
    pub(crate) target: &'static Target,
}

/// Returns the folder of the package for `target`.
pub(crate) fn folder(project: &Project, target: &str) -> PathBuf {
    project.output.join(target)
}

/// Returns where the default `file` of a resource is: one that a device prepared is in the generated package, any other
/// is named from the project's folder.
pub(crate) fn place(project: &Project, plan: &Plan, file: &String) -> PathBuf {
    let is_prepared = plan.files.contains(file);
    let from = if is_prepared { folder(project, &plan.target) } else { project.folder.clone() };
    from.join(file)
}

/// Writes the package of `plan`, whose devices have prepared their files.
pub(crate) fn write(
    tool: &Tool,
    home: &Home,
    project: &Project,
    plan: &Plan,
) -> Result<Package, Failure> {
    check_name(plan)?;
    let target = target(tool, plan)?;
    let folder = folder(project, &plan.target);
    let main = main_file::write(tool, target, project, plan);
    let manifest = manifest::write(tool, target, home, project, plan, main.text(), &folder)?;
    lock::inherit(&folder, &manifest, project, home)?;
    let crates = crates::Crates::of(&folder, project)?;
    let notes = notes::write(project, plan, &crates);
    files::write(&folder.join("src/main.rs"), main.text().as_bytes())?;
    files::write(&folder.join("src").join(crates::FILE), crates.text().as_bytes())?;
    files::write(&folder.join("manifest.json"), notes.as_bytes())?;
    if let Some(bare) = target.form.bare() {
        let script = build_script::write(tool, plan, bare);
        files::write(&folder.join("build.rs"), script.as_bytes())?;
        if let Some(layout) = bare.layout {
            files::write(&folder.join(build_script::LAYOUT), layout.as_bytes())?;
        }
    }
    remove_others(&folder, plan)?;
    Ok(Package { folder, main, crates: crates.count, target })
}

/// Refuses what cargo would refuse as the name of a program, in words of a file nobody wrote.
fn check_name(plan: &Plan) -> Result<(), Failure> {
    if !project::OF_CARGO.contains(&plan.name.as_str()) {
        return Ok(());
    }
    let report = Report::error(format!("`{}` cannot name a unikernel", plan.name));
    Err(report.help("cargo has a folder of that name: give `register` another").into())
}

fn target(tool: &Tool, plan: &Plan) -> Result<&'static Target, Failure> {
    let target = tool.targets.iter().find(|target| target.name == plan.target);
    target.ok_or_else(|| {
        let names: Vec<_> = tool.targets.iter().map(|target| target.name).collect();
        Report::error(format!("`{}` builds nothing for the target `{}`", tool.name, plan.target))
            .help(format!("the targets are: {}", names.join(", ")))
            .usage()
    })
}

/// Removes sources that an earlier plan left.
fn remove_others(folder: &Path, plan: &Plan) -> Result<(), Failure> {
    let own = ["main.rs", crates::FILE].map(|name| folder.join("src").join(name));
    let prepared = plan.files.iter().map(|file| folder.join(file));
    let wanted: BTreeSet<_> = own.into_iter().chain(prepared).collect();
    let source = folder.join("src");
    for entry in fs::read_dir(&source).context("read the folder", &source)?.flatten() {
        let path = entry.path();
        if path.is_file() && !wanted.contains(&path) {
            fs::remove_file(&path).context("remove", &path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
