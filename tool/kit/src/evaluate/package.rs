//! The hidden package that `config.rs` is compiled in.

use std::path::{Path, PathBuf};

use cargo_metadata::Dependency;

use crate::{
    files, lock,
    project::Project,
    report::Failure,
    source::Home,
    toml::{array, path, quoted, table},
    tool::Tool,
};

/// Writes the package of `project` whose program is the file `config`; returns its folder.
pub(super) fn write(
    tool: &Tool,
    home: &Home,
    project: &Project,
    config: &Path,
) -> Result<PathBuf, Failure> {
    let folder = folder(project);
    let manifest = manifest(tool, home, project, &folder, config)?;
    lock::inherit(&folder, &manifest, project, home)?;
    Ok(folder)
}

/// Returns the folder of the package.
pub(super) fn folder(project: &Project) -> PathBuf {
    project.output.join("config")
}

fn manifest(
    tool: &Tool,
    home: &Home,
    project: &Project,
    folder: &Path,
    config: &Path,
) -> Result<String, Failure> {
    let name = quoted(&format!("{}-config", project.name));
    let edition = quoted(&project.edition);
    let file = path(&files::relative(folder, config));
    let words = path(&files::relative(folder, &home.of(tool.config.folder)?));
    let mut lines = vec![table(tool.config.package, &[("path", words)])];
    for dependency in &project.dev_dependencies {
        if dependency.name != tool.config.package {
            lines.push(line(dependency, folder));
        }
    }
    lines.sort();
    let dependencies = lines.join("\n");
    let tool = tool.name;
    Ok(format!(
        "# What config.rs is compiled in, written by `{tool}`. Edits are lost.\n\
         [package]\nname = {name}\nversion = \"0.0.0\"\nedition = {edition}\npublish = false\n\n\
         [[bin]]\nname = {name}\npath = {file}\n\n\
         [dependencies]\n{dependencies}\n\n\
         [profile.dev]\ndebug = false\n\n\
         [workspace]\n"
    ))
}

/// Returns a dependency of the project as a line of another package's manifest.
fn line(dependency: &Dependency, folder: &Path) -> String {
    let mut fields = Vec::new();
    let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
    if dependency.rename.is_some() {
        fields.push(("package", quoted(&dependency.name)));
    }
    if dependency.req != cargo_metadata::semver::VersionReq::STAR {
        fields.push(("version", quoted(&dependency.req.to_string())));
    }
    if let Some(place) = &dependency.path {
        fields.push(("path", path(&files::relative(folder, place.as_std_path()))));
    }
    fields.extend(dependency.source.as_ref().into_iter().flat_map(|source| git(&source.repr)));
    if let Some(registry) = &dependency.registry {
        fields.push(("registry-index", quoted(registry)));
    }
    if !dependency.uses_default_features {
        fields.push(("default-features", "false".into()));
    }
    if !dependency.features.is_empty() {
        fields.push(("features", array(dependency.features.iter().map(String::as_str))));
    }
    table(name, &fields)
}

/// Returns the fields that say which commit of which repository a source of cargo names
/// (`git+URL?rev=REV#COMMIT`).
fn git(source: &str) -> Vec<(&'static str, String)> {
    let Some(source) = source.strip_prefix("git+") else { return Vec::new() };
    let source = source.split('#').next().unwrap_or(source);
    let (url, query) = source.split_once('?').unwrap_or((source, ""));
    let mut fields = vec![("git", quoted(url))];
    for word in query.split('&') {
        match word.split_once('=') {
            Some(("branch", branch)) => fields.push(("branch", quoted(branch))),
            Some(("tag", tag)) => fields.push(("tag", quoted(tag))),
            Some(("rev", rev)) => fields.push(("rev", quoted(rev))),
            _ => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dependency(json: &str) -> Dependency {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_dependency_keeps_all_that_cargo_knows_of_it() {
        for (json, expected) in [
            (
                r#"{"name": "serde", "source": "registry+https://github.com/rust-lang/crates.io-index",
                    "req": "^1", "kind": "dev", "rename": "s", "optional": false,
                    "uses_default_features": false, "features": ["derive"], "target": null,
                    "registry": null}"#,
                r#"s = { package = "serde", version = "^1", default-features = false, features = ["derive"] }"#,
            ),
            (
                r#"{"name": "mine", "source": null, "req": "*", "kind": "dev", "rename": null,
                    "optional": false, "uses_default_features": true, "features": [],
                    "target": null, "registry": null, "path": "/home/mine"}"#,
                r#"mine = { path = "../mine" }"#,
            ),
            (
                r#"{"name": "far", "source": "git+https://host/far?tag=v1", "req": "*",
                    "kind": "dev", "rename": null, "optional": false,
                    "uses_default_features": true, "features": [], "target": null,
                    "registry": null}"#,
                r#"far = { git = "https://host/far", tag = "v1" }"#,
            ),
        ] {
            assert_eq!(line(&dependency(json), Path::new("/home/made")), expected);
        }
    }
}
