//! Makes a project that runs.

use std::{
    fs,
    path::{Component, Path},
};

use crate::{
    files, project,
    report::{Failure, Report},
    source::Home,
    toml,
    tool::Tool,
};

/// Makes the project in `folder`, whose last part names it; returns the name.
pub(crate) fn make(tool: &Tool, home: &Home, folder: &Path) -> Result<String, Failure> {
    let Some(Component::Normal(name)) = folder.components().next_back() else {
        let message = format!("`{}` has no name for a package", folder.display());
        return Err(Report::error(message).usage());
    };
    let name = name.to_string_lossy().into_owned();
    check_name(tool, &name)?;
    if folder.exists() {
        let message = format!("`{}` is there already", folder.display());
        return Err(Report::error(message).help("choose another name, or remove it").into());
    }
    let mut manifest = manifest(tool, home, &name)?;
    if is_in_workspace(folder) {
        manifest += "\n# Of its own, not a member of the workspace around it.\n[workspace]\n";
    }
    let ignored = "/target\n";
    let own = [("Cargo.toml", manifest.as_str()), (".gitignore", ignored)];
    for (path, contents) in own.iter().chain(tool.template.files) {
        let contents = contents.replace("{name}", &name);
        files::write(&folder.join(path), contents.as_bytes())?;
    }
    Ok(name)
}

fn manifest(tool: &Tool, home: &Home, name: &str) -> Result<String, Failure> {
    let mut dependencies = Vec::new();
    for library in tool.template.uses {
        let path = toml::path(&home.of(library.folder)?);
        dependencies.push(toml::table(library.package, &[("path", path)]));
    }
    Ok(format!(
        "[package]\nname = {}\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{}\n",
        toml::quoted(name),
        dependencies.join("\n")
    ))
}

/// Returns whether cargo would take a package in `folder` for a member of a workspace.
fn is_in_workspace(folder: &Path) -> bool {
    let Ok(folder) = std::path::absolute(folder) else { return false };
    let manifests = folder.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    manifests
        .filter_map(|manifest| fs::read_to_string(manifest).ok())
        .any(|manifest| manifest.lines().any(|line| line.trim_start().starts_with("[workspace")))
}

/// Checks that cargo takes `name` for a package, and that it is no other crate's.
fn check_name(tool: &Tool, name: &str) -> Result<(), Failure> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let begins_well = name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let why = if !begins_well || !name.chars().all(is_word) {
        "use letters, digits, `-` and `_`, a letter first"
    } else if ["test", "core", "std", "alloc"].contains(&name) || is_keyword(name) {
        "the name means something else in Rust"
    } else if project::OF_CARGO.contains(&name) {
        "cargo has a folder of that name"
    } else if name == tool.name || name.starts_with(&format!("{}-", tool.name)) {
        "crates of the system are called so"
    } else {
        return Ok(());
    };
    Err(Report::error(format!("`{name}` cannot name a package")).help(why).usage())
}

fn is_keyword(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(&name.replace('-', "_")).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::TOOL;

    fn home() -> Home {
        TOOL.sources.find().unwrap()
    }

    #[test]
    fn a_project_is_made_of_the_template() {
        let folder = tempfile::tempdir().unwrap();
        let web = folder.path().join("some/web");
        assert_eq!(make(&TOOL, &home(), &web).unwrap(), "web");
        let manifest = fs::read_to_string(web.join("Cargo.toml")).unwrap();
        assert!(manifest.contains("name = \"web\""), "{manifest}");
        assert!(manifest.contains("sarab = { path = "), "{manifest}");
        assert_eq!(fs::read_to_string(web.join(".gitignore")).unwrap(), "/target\n");
        assert!(web.join("src/lib.rs").is_file());
    }

    #[test]
    fn what_is_there_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let web = folder.path().join("web");
        make(&TOOL, &home(), &web).unwrap();
        fs::write(web.join("src/lib.rs"), "mine").unwrap();
        let failure = make(&TOOL, &home(), &web).unwrap_err();
        assert_eq!(failure.status, 1);
        assert_eq!(fs::read_to_string(web.join("src/lib.rs")).unwrap(), "mine");
    }

    #[test]
    fn a_name_that_cargo_would_refuse_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["1st", "a b", "test", "\u{e9}t\u{e9}", "fn", "build", TOOL.name, "sarab-http"]
        {
            let failure = make(&TOOL, &home(), &folder.path().join(name)).unwrap_err();
            assert_eq!(failure.status, 64, "{name}");
        }
        assert!(make(&TOOL, &home(), Path::new("..")).is_err());
    }
}
