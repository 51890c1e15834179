//! The generated module that holds the files of a folder.

use std::{
    error::Error,
    fmt::Write,
    fs,
    path::{Component, Path, PathBuf},
};

use sarab_compose::Package;

use super::{
    FolderError,
    folder::{self, Source, unreadable},
};

/// Returns the name of the module for `folder`; with its ending it is never a word of Rust, as
/// `static` would be.
pub(super) fn name(folder: &str) -> String {
    let name = folder::name(folder) + "_files";
    let needs_letter = !name.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if needs_letter { format!("folder_{name}") } else { name }
}

/// Writes the module for the project's folder `folder`.
pub(super) fn write(package: &mut Package, folder: &str) -> Result<(), Box<dyn Error>> {
    let files = folder::files(&package.project().join(folder))?;
    // Both are made real: `..` in a path that leads through a link goes another way.
    let sources = package.folder().join("src");
    fs::create_dir_all(&sources).map_err(unreadable(&sources))?;
    let from = real(&sources)?;
    let text = text(folder, &files, &from)?;
    package.write(format!("src/{}.rs", name(folder)), text)?;
    Ok(())
}

fn text(folder: &str, files: &[Source], from: &Path) -> Result<String, Box<dyn Error>> {
    let mut text = format!(
        "//! The files of `{folder}`, written by `sarab configure`. Edits are lost.\n\n\
        use sarab_archive::File;\n\n\
        /// The files, sorted by name.\n\
        pub static FILES: [File; {}] = [\n",
        files.len()
    );
    for Source { key, path, modified_s } in files {
        let path = relative(&real(path)?, from);
        let path = path.to_str().ok_or_else(|| FolderError::Name { path: path.clone() })?;
        writeln!(text, "    File::new({key:?}, include_bytes!({path:?}), {modified_s:?}),")?;
    }
    text.push_str("];\n");
    Ok(text)
}

fn real(path: &Path) -> Result<PathBuf, FolderError> {
    fs::canonicalize(path).map_err(unreadable(path))
}

/// Returns the way to `path` from the folder `from`; both are absolute.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.components().zip(from.components()).take_while(|(one, other)| one == other);
    let common = common.count();
    let ups = from.components().skip(common).map(|_| Component::ParentDir);
    ups.chain(path.components().skip(common)).collect()
}
