//! Walks the modules of a program, in their files as rustc finds them.

use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemFn, ItemMod, Visibility};

use super::{Function, Program, not_rust, origin, parameter, read_source};
use crate::report::Failure;

/// Where the walk is.
struct Module<'a> {
    /// The project's folder.
    project: &'a Path,
    /// The file.
    file: PathBuf,
    /// Its text.
    text: &'a str,
    /// The folder of the files of its modules.
    children: PathBuf,
    /// Its path in the crate, with `::` at the end; empty for the root.
    path: String,
}

/// Reads the library `file` of the project in `folder`, and the files of its modules.
pub(super) fn read(folder: &Path, file: &Path, program: &mut Program) -> Result<(), Failure> {
    let children = file.parent().unwrap_or(folder).to_path_buf();
    read_file(folder, file.to_path_buf(), children, String::new(), program)
}

fn read_file(
    project: &Path,
    file: PathBuf,
    children: PathBuf,
    path: String,
    program: &mut Program,
) -> Result<(), Failure> {
    let text = read_source(&file)?;
    let parsed = syn::parse_file(&text).map_err(|error| not_rust(&file, &error))?;
    let module = Module { project, file, text: &text, children, path };
    module.items(&parsed.items, program)
}

impl Module<'_> {
    fn items(&self, items: &[Item], program: &mut Program) -> Result<(), Failure> {
        for item in items {
            match item {
                Item::Fn(function) if is_public(&function.vis) => {
                    program.functions.push(self.function(function)?);
                }
                Item::Mod(module) if !is_test(&module.attrs) => self.module(module, program)?,
                Item::Use(reexport) if is_public(&reexport.vis) => program.has_hidden = true,
                Item::Macro(_) => program.has_hidden = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn function(&self, function: &ItemFn) -> Result<Function, Failure> {
        let is_job = |attribute: &Attribute| {
            attribute.path().segments.last().is_some_and(|last| last.ident == "job")
        };
        Ok(Function {
            path: format!("{}{}", self.path, function.sig.ident),
            is_job: function.attrs.iter().any(is_job),
            parameters: parameter::all(&self.file, &self.name(), self.text, &function.sig)?,
            origin: origin(&self.name(), function.sig.ident.span()),
        })
    }

    fn module(&self, module: &ItemMod, program: &mut Program) -> Result<(), Failure> {
        let name = module.ident.to_string();
        let path = format!("{}{name}::", self.path);
        let children = self.children.join(&name);
        if let Some((_, items)) = &module.content {
            let (project, file, text) = (self.project, self.file.clone(), self.text);
            return Module { project, file, text, children, path }.items(items, program);
        }
        let files = [children.with_extension("rs"), children.join("mod.rs")];
        let Some(file) = files.into_iter().find(|file| file.is_file()) else {
            program.has_hidden = true;
            return Ok(());
        };
        read_file(self.project, file, children, path, program)
    }

    /// Returns the file's name from the project's folder.
    fn name(&self) -> String {
        let file = self.file.strip_prefix(self.project).unwrap_or(&self.file);
        file.display().to_string()
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_test(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|path| path.is_ident("test"))
    };
    attributes.iter().any(is_test)
}
