//! What every Rust file must look like.

use std::{fs, path::Path};

use syn::{
    Attribute, Block, ExprUnsafe, ImplItemFn, ItemFn, ItemImpl, ItemMod, Macro, Safety, Signature,
    Stmt, TraitItemFn, spanned::Spanned, visit::Visit,
};

use super::{Breach, packages::Packages, text};

/// Lines in a file, its tests not counted.
const FILE_LINES_MAX: usize = 500;
/// Lines in a function, from its name to its closing brace.
const FUNCTION_LINES_MAX: usize = 70;
/// Lines in an example program.
const EXAMPLE_LINES_MAX: usize = 100;

/// Where unsafe code may stand; every other crate forbids it.
///
/// The last is a peer that is measured, whose only door is an unsafe function.
const UNSAFE_FOLDERS: [&str; 4] =
    ["driver/", "machine/", "tender/", "quality/measure/store/src/engine/lmdb.rs"];

/// The Rust files of the project.
pub(super) struct Sources(Vec<Source>);

struct Source {
    path: String,
    text: String,
    is_root: bool,
}

impl Sources {
    pub(super) fn read(root: &Path, packages: &Packages) -> Result<Self, String> {
        let files = text::tracked(root)?.into_iter().filter(|path| path.ends_with(".rs"));
        let read = |path: String| {
            let file = root.join(&path);
            let text = fs::read_to_string(&file).map_err(|error| format!("{path}: {error}"))?;
            let is_root = packages.of(&path).is_some_and(|member| member.roots.contains(&file));
            Ok(Source { path, text, is_root })
        };
        files.map(read).collect::<Result<_, String>>().map(Self)
    }

    pub(super) fn check(&self) -> Vec<Breach> {
        self.0.iter().flat_map(Source::check).collect()
    }
}

impl Source {
    fn check(&self) -> Vec<Breach> {
        if !self.has_own_style() {
            return Vec::new();
        }
        match syn::parse_file(&self.text) {
            Ok(file) => self.check_parsed(&file),
            Err(error) => vec![Breach::new(&self.path, format!("does not parse: {error}"))],
        }
    }

    /// Projects that are broken on purpose, and what generators wrote, keep their own style.
    fn has_own_style(&self) -> bool {
        !self.path.contains("/broken/") && !self.path.contains("/snapshots/")
    }

    fn check_parsed(&self, file: &syn::File) -> Vec<Breach> {
        let mut visitor = Visitor { source: self, breaches: Vec::new(), test_lines: 0 };
        visitor.visit_file(file);
        let lines = self.text.lines().count() - visitor.test_lines;
        let mut breaches = visitor.breaches;
        let mut say = |what: String| breaches.push(Breach::new(&self.path, what));
        if !self.text.starts_with("//!") {
            say("does not begin with `//!`".into());
        }
        if self.path.ends_with("/mod.rs") {
            say("is called mod.rs; call it after its module".into());
        }
        if lines > FILE_LINES_MAX && !self.is_test() {
            say(format!("{lines} lines, of at most {FILE_LINES_MAX}"));
        }
        if self.path.starts_with("example/") && lines > EXAMPLE_LINES_MAX {
            say(format!("{lines} lines, of at most {EXAMPLE_LINES_MAX} in an example"));
        }
        if self.is_root && !self.may_be_unsafe() && !forbids_unsafe(&file.attrs) {
            say("lacks `#![forbid(unsafe_code)]`".into());
        }
        breaches
    }

    fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    fn may_be_unsafe(&self) -> bool {
        UNSAFE_FOLDERS.iter().any(|folder| self.path.starts_with(folder))
    }
}

fn forbids_unsafe(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("forbid")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|lint| lint == "unsafe_code")
    })
}

fn is_cfg(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
}

fn is_cfg_test(attribute: &Attribute) -> bool {
    is_cfg(attribute) && attribute.parse_args::<syn::Ident>().is_ok_and(|word| word == "test")
}

struct Visitor<'a> {
    source: &'a Source,
    breaches: Vec<Breach>,
    test_lines: usize,
}

impl Visitor<'_> {
    fn say(&mut self, line: usize, what: String) {
        self.breaches.push(Breach::new(format!("{}:{line}", self.source.path), what));
    }

    fn check_function(&mut self, signature: &Signature, block: &Block) {
        let line = signature.fn_token.span.start().line;
        let lines = block.span().end().line - line + 1;
        if lines > FUNCTION_LINES_MAX && !self.source.is_test() {
            let name = &signature.ident;
            self.say(line, format!("`{name}` has {lines} lines, of at most {FUNCTION_LINES_MAX}"));
        }
        if matches!(signature.safety, Safety::Unsafe(_)) {
            self.check_unsafe(line);
        }
    }

    fn check_unsafe(&mut self, line: usize) {
        if !self.source.may_be_unsafe() {
            self.say(line, "unsafe code outside driver/, machine/ and tender/".into());
        }
    }
}

impl<'ast> Visit<'ast> for Visitor<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.attrs.iter().any(is_cfg_test) {
            let span = module.span();
            self.test_lines += span.end().line - span.start().line + 1;
        }
        syn::visit::visit_item_mod(self, module);
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.check_function(&function.sig, &function.block);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.check_function(&function.sig, &function.block);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(block) = &function.default {
            self.check_function(&function.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, function);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if item.unsafety.is_some() {
            self.check_unsafe(item.span().start().line);
        }
        syn::visit::visit_item_impl(self, item);
    }

    fn visit_expr_unsafe(&mut self, expression: &'ast ExprUnsafe) {
        self.check_unsafe(expression.span().start().line);
        syn::visit::visit_expr_unsafe(self, expression);
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        let attributes = match statement {
            Stmt::Local(local) => &local.attrs[..],
            Stmt::Macro(call) => &call.attrs[..],
            Stmt::Item(_) | Stmt::Expr(..) => &[],
        };
        if let Some(attribute) = attributes.iter().find(|attribute| is_cfg(attribute)) {
            let line = attribute.span().start().line;
            self.say(line, "`cfg` inside a function; choose a module once instead".into());
        }
        syn::visit::visit_stmt(self, statement);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.segments.last().map(|segment| segment.ident.to_string());
        if let Some(name @ ("todo" | "unimplemented")) = name.as_deref() {
            self.say(call.span().start().line, format!("`{name}!` is not done"));
        }
        syn::visit::visit_macro(self, call);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str) -> Vec<String> {
        let source = Source { path: path.into(), text: text.into(), is_root: false };
        source.check().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_clean_file_passes() {
        assert!(check("net/x.rs", "//! Doc.\nfn f() {}\n").is_empty());
    }

    #[test]
    fn each_breach_is_named_with_its_place() {
        let long = format!("//! D.\nfn long() {{\n{}}}\n", "    f();\n".repeat(70));
        for (path, text, expected) in [
            ("a/b.rs", "fn f() {}\n", "does not begin"),
            ("a/mod.rs", "//! D.\n", "mod.rs"),
            ("net/a.rs", "//! D.\nfn f() { unsafe { g() } }\n", "net/a.rs:2: unsafe code"),
            ("net/a.rs", "//! D.\nunsafe fn f() {}\n", "net/a.rs:2: unsafe code"),
            ("net/a.rs", "//! D.\nunsafe impl Send for X {}\n", "net/a.rs:2: unsafe code"),
            ("a/b.rs", "//! D.\nfn f() { todo!() }\n", "`todo!` is not done"),
            ("a/b.rs", "//! D.\nfn f() { #[cfg(unix)] let x = 1; }\n", "inside a function"),
            ("a/b.rs", &long, "`long` has 72 lines"),
            ("a/b.rs", &format!("//! D.\n{}", "// x\n".repeat(500)), "501 lines, of at most 500"),
            ("a/b.rs", "//! D.\nfn (\n", "does not parse"),
        ] {
            let found = check(path, text);
            assert!(found.iter().any(|it| it.contains(expected)), "{expected}: {found:?}");
        }
    }

    #[test]
    fn unsafe_code_may_stand_in_drivers_and_targets() {
        assert!(check("driver/a.rs", "//! D.\nfn f() { unsafe { g() } }\n").is_empty());
    }

    #[test]
    fn the_tests_of_a_file_do_not_count_as_its_lines() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "// x\n".repeat(600));
        assert!(check("a/b.rs", &format!("//! D.\n{tests}")).is_empty());
    }
}
