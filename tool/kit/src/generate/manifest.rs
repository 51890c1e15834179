//! The `Cargo.toml` of an image.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use sarab_compose::plan::Plan;

use crate::{
    files,
    project::Project,
    report::Failure,
    source::Home,
    toml::{array, path, quoted, table},
    tool::{Form, Library, Target, Tool},
};

/// A dependency: its folder and the features that somebody wants.
struct Dependency {
    folder: PathBuf,
    features: Vec<String>,
    default_features: bool,
}

/// Returns the text; `main` is that of `src/main.rs`.
pub(super) fn write(
    tool: &Tool,
    target: &Target,
    home: &Home,
    project: &Project,
    plan: &Plan,
    main: &str,
    folder: &Path,
) -> Result<String, Failure> {
    let mut dependencies = of_devices(plan);
    let mentioned = |library: &&Library| main.contains(&format!("{}::", library.identifier()));
    let own = [&tool.runtime, &target.library].into_iter().chain(tool.libraries);
    for library in own.filter(mentioned) {
        let own = Dependency {
            folder: home.of(library.folder)?,
            features: Vec::new(),
            default_features: library.package != tool.runtime.package,
        };
        let own = merged(dependencies.remove(library.package), own);
        dependencies.insert(library.package.into(), own);
    }
    let program =
        Dependency { folder: project.folder.clone(), features: Vec::new(), default_features: true };
    dependencies.insert(project.name.clone(), program);
    let lines = dependencies.iter().map(|(name, dependency)| dependency.line(name, folder));
    Ok(text(tool, target, plan, &lines.collect::<Vec<_>>().join("\n")))
}

fn text(tool: &Tool, target: &Target, plan: &Plan, dependencies: &str) -> String {
    let name = &plan.name;
    // Not the name of the program's own package, which is a dependency.
    let package = quoted(&format!("{name}-{}-image", target.name));
    let (title, binary) = (format!("`{name}` for `{}`", target.name), quoted(name));
    format!(
        "# The image of {title}, written by `{tool}`. Edits are lost.\n\
         [package]\nname = {package}\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [[bin]]\nname = {binary}\npath = \"src/main.rs\"\n\n\
         [dependencies]\n{dependencies}\n\n\
         {profiles}\n\
         [workspace]\n",
        tool = tool.name,
        profiles = profiles(&target.form),
    )
}

/// Returns how to compile. What has no operating system has nothing to unwind with.
fn profiles(form: &Form) -> &'static str {
    match form {
        Form::Program => "[profile.release]\ndebug = \"line-tables-only\"\n",
        Form::Bare(_) => {
            "[profile.dev]\npanic = \"abort\"\n\n\
             [profile.release]\ndebug = \"line-tables-only\"\npanic = \"abort\"\n"
        }
    }
}

/// Returns the crates that devices need, each once.
fn of_devices(plan: &Plan) -> BTreeMap<String, Dependency> {
    let mut dependencies = BTreeMap::new();
    for needed in plan.devices.iter().flat_map(|device| &device.crates) {
        let this = Dependency {
            folder: PathBuf::from(&needed.folder),
            features: needed.features.clone(),
            default_features: needed.default_features,
        };
        let this = merged(dependencies.remove(&needed.name), this);
        dependencies.insert(needed.name.clone(), this);
    }
    dependencies
}

/// Joins what two devices want of one crate.
fn merged(earlier: Option<Dependency>, this: Dependency) -> Dependency {
    let Some(earlier) = earlier else { return this };
    let mut features = [earlier.features, this.features].concat();
    features.sort();
    features.dedup();
    let default_features = earlier.default_features || this.default_features;
    Dependency { folder: earlier.folder, features, default_features }
}

impl Dependency {
    fn line(&self, name: &str, folder: &Path) -> String {
        let mut fields = vec![("path", path(&files::relative(folder, &self.folder)))];
        if !self.default_features {
            fields.push(("default-features", "false".into()));
        }
        if !self.features.is_empty() {
            fields.push(("features", array(self.features.iter().map(String::as_str))));
        }
        table(name, &fields)
    }
}
