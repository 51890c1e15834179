//! Compiles a generated package into an image.

use std::{
    fs,
    path::{Path, PathBuf},
};

use sarab_compose::plan::Plan;

use crate::{
    cargo::{Build, NotBuilt, Platform, cargo_failed},
    compiler,
    console::Console,
    files,
    generate::Package,
    places::Places,
    project::Project,
    report::{Context, Failure},
};

mod headers;
mod linked;

use headers::Headers;
use linked::Subject;

/// An image.
pub(crate) struct Image {
    /// Its file.
    pub(crate) file: PathBuf,
    /// The size of the file.
    pub(crate) size_bytes: u64,
    /// How much of it is loaded when it starts, where that can be told.
    pub(crate) loaded_bytes: Option<u64>,
}

/// Compiles `package` of `plan` with a profile of cargo.
pub(crate) fn build(
    project: &Project,
    plan: &Plan,
    package: Package,
    profile: &str,
    console: Console,
) -> Result<Image, Failure> {
    let Package { folder, main, crates, target } = package;
    let bare = target.form.bare();
    let subject = bare.map(|bare| Subject { name: &plan.name, target, bare, project });
    let what = format!("{} for {}", plan.name, plan.target);
    let build = Build {
        package: &folder,
        working_folder: &project.folder,
        target_folder: &project.build_folder,
        arguments: &["--profile", profile],
        platform: bare.map(|bare| Platform { name: bare.platform, flags: bare.flags }),
        what: format!("compiling {what}"),
        crates,
    };
    let main_file = folder.join("src/main.rs");
    let written = Some((main_file, main));
    let places = Places { project: project.folder.clone(), package: folder.clone(), written };
    let compiled = build.run(console).map_err(|error| match error {
        NotBuilt::Cargo(complaint) => cargo_failed(&what, &complaint),
        NotBuilt::Compiler(errors) => {
            let explained = subject.as_ref().and_then(|subject| subject.explain(&errors));
            explained
                .unwrap_or_else(|| compiler::failure(&errors, &places, "what boots the program"))
        }
    })?;
    for warning in &compiled.warnings {
        compiler::warn(warning, &places, console);
    }
    let headers = Headers::read(&compiled.executable);
    if let Some(subject) = &subject {
        subject.check(headers.as_ref())?;
    }
    let file = folder.join(&plan.name);
    keep(&compiled.executable, &file)?;
    let size_bytes = fs::metadata(&file).context("look at", &file)?.len();
    Ok(Image { file, size_bytes, loaded_bytes: headers.map(|headers| headers.loaded_bytes) })
}

/// Keeps what cargo built under a name of its own, which the next build does not take away.
fn keep(built: &Path, file: &Path) -> Result<(), Failure> {
    if is_same(file, built) {
        return Ok(());
    }
    let fresh = files::beside(file);
    if fs::hard_link(built, &fresh).is_err() {
        fs::copy(built, &fresh).context("write", &fresh)?;
    }
    fs::rename(&fresh, file).context("write", file)
}

/// Returns whether both are one file already.
fn is_same(file: &Path, built: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let number = |path| fs::metadata(path).map(|data| (data.dev(), data.ino())).ok();
    number(file).is_some() && number(file) == number(built)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_outlives_the_next_build_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let (built, kept) = (folder.path().join("built"), folder.path().join("site"));
        fs::write(&built, "first").unwrap();
        keep(&built, &kept).unwrap();
        keep(&built, &kept).unwrap();
        fs::remove_file(&built).unwrap();
        fs::write(&built, "second").unwrap();
        assert_eq!(fs::read_to_string(&kept).unwrap(), "first");
        keep(&built, &kept).unwrap();
        assert_eq!(fs::read_to_string(&kept).unwrap(), "second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
