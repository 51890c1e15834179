//! One parameter of a function: its type or trait, its words, its documentation.

use std::{fmt, path::Path};

use sarab_compose::plan::Origin;
use syn::{
    Attribute, Expr, FnArg, GenericParam, Lit, Pat, Signature, Type, TypeParamBound,
    meta::ParseNestedMeta, spanned::Spanned,
};

use super::{origin, to_u32};
use crate::report::{Failure, Label, Report};

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: String,
    /// What is passed by it.
    pub(crate) what: What,
    /// Its documentation, on one line.
    pub(crate) doc: String,
    /// What its attribute `#[key(..)]` says.
    pub(crate) words: Words,
    /// Where its name stands.
    pub(crate) origin: Origin,
}

/// What is passed by a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// A device: anything with these traits, by their last names.
    Device(Vec<String>),
    /// A value of this type, as it is written.
    Value(String),
}

/// What the attribute `#[key(..)]` says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    /// `default = ..`: the text of a default.
    pub(crate) default: Option<String>,
    /// `env = ".."`: an environment variable.
    pub(crate) environment: Option<String>,
    /// `name = ".."`: the name of the key, where it is not the parameter's.
    pub(crate) name: Option<String>,
    /// `doc = ".."`: what it means, where there is no doc comment.
    pub(crate) doc: Option<String>,
    /// `alias = ".."`, each: other words for it.
    pub(crate) aliases: Vec<String>,
    /// `required`: it must be given.
    pub(crate) is_required: bool,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Device(traits) => f.write_str(&traits.join(" + ")),
            Self::Value(rust) => f.write_str(rust),
        }
    }
}

/// The words that `#[key(..)]` knows.
const WORDS: [&str; 6] = ["default", "env", "name", "doc", "alias", "required"];

/// The source that parameters are read from.
struct Source<'a> {
    file: &'a Path,
    text: &'a str,
}

/// Reads the parameters of a function in `file`, which is `name` from the project's folder.
pub(super) fn all(
    file: &Path,
    name: &str,
    text: &str,
    signature: &Signature,
) -> Result<Vec<Parameter>, Failure> {
    let source = Source { file, text };
    let mut parameters = Vec::new();
    for input in &signature.inputs {
        if let FnArg::Typed(typed) = input {
            parameters.push(Parameter {
                name: source.pattern(&typed.pat),
                what: source.what(&typed.ty, signature),
                doc: doc(&typed.attrs),
                words: source.words(&typed.attrs)?,
                origin: origin(name, typed.pat.span()),
            });
        }
    }
    Ok(parameters)
}

impl Source<'_> {
    fn pattern(&self, pattern: &Pat) -> String {
        match pattern {
            Pat::Ident(name) => name.ident.to_string().trim_start_matches("r#").to_string(),
            other => self.written(other),
        }
    }

    /// Returns a part of the source as it is written, on one line.
    fn written(&self, part: &impl Spanned) -> String {
        let text = self.text.get(part.span().byte_range()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn what(&self, rust: &Type, signature: &Signature) -> What {
        let bounds = match rust {
            Type::ImplTrait(wanted) => traits(wanted.bounds.iter()),
            Type::Path(path) => generic(path, signature),
            _ => Vec::new(),
        };
        if bounds.is_empty() { What::Value(self.written(rust)) } else { What::Device(bounds) }
    }

    fn words(&self, attributes: &[Attribute]) -> Result<Words, Failure> {
        let mut words = Words::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("key")) {
            let read = attribute.parse_nested_meta(|meta| self.word(&meta, &mut words));
            read.map_err(|error| self.unknown_word(&error))?;
        }
        Ok(words)
    }

    fn word(&self, meta: &ParseNestedMeta<'_>, words: &mut Words) -> syn::Result<()> {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        if name == "required" {
            words.is_required = true;
            return Ok(());
        }
        if !WORDS.contains(&name.as_str()) {
            return Err(meta.error(name));
        }
        let expression: Expr = meta.value()?.parse()?;
        let value = self.value(&expression);
        match name.as_str() {
            "default" => words.default = Some(value),
            "env" => words.environment = Some(value),
            "name" => words.name = Some(value),
            "doc" => words.doc = Some(value),
            _ => words.aliases.push(value),
        }
        Ok(())
    }

    /// Returns what a value of an attribute says: the inside of a string, else the source.
    fn value(&self, expression: &Expr) -> String {
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => text.value(),
                Lit::Char(letter) => letter.value().to_string(),
                Lit::Int(number) if number.suffix().is_empty() => number.base10_digits().into(),
                _ => self.written(expression),
            },
            _ => self.written(expression),
        }
    }

    fn unknown_word(&self, error: &syn::Error) -> Failure {
        let (at, name) = (error.span().start(), error.to_string());
        let label = Label::new(self.file, to_u32(at.line), to_u32(at.column) + 1, "here");
        let help = match sarab_key::closest(&name, WORDS) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("it has `{}`", WORDS.join("`, `")),
        };
        let message = match name.split_once(' ') {
            None => format!("a key has no `{name}`"),
            Some(_) => format!("the attribute `key` is not well formed: {name}"),
        };
        Report::error(message).label(label).help(help).into()
    }
}

/// Returns the bounds of a generic parameter, or nothing if `path` names a type.
fn generic(path: &syn::TypePath, signature: &Signature) -> Vec<String> {
    let Some(name) = path.path.get_ident() else { return Vec::new() };
    let mut bounds = Vec::new();
    for parameter in &signature.generics.params {
        if let GenericParam::Type(parameter) = parameter
            && parameter.ident == *name
        {
            bounds.extend(traits(parameter.bounds.iter()));
        }
    }
    for predicate in signature.generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
        if let syn::WherePredicate::Type(predicate) = predicate
            && matches!(&predicate.bounded_ty, Type::Path(bounded) if bounded.path.is_ident(name))
        {
            bounds.extend(traits(predicate.bounds.iter()));
        }
    }
    bounds
}

/// Returns the last names of the traits among `bounds`.
fn traits<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Vec<String> {
    let name = |bound: &TypeParamBound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().map(|last| last.ident.to_string())
        }
        _ => None,
    };
    bounds.filter_map(name).collect()
}

/// Returns the documentation among `attributes`, on one line.
fn doc(attributes: &[Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        if let syn::Meta::NameValue(meta) = &attribute.meta
            && meta.path.is_ident("doc")
            && let Expr::Lit(literal) = &meta.value
            && let Lit::Str(text) = &literal.lit
        {
            lines.push(text.value().trim().to_string());
        }
    }
    lines.join(" ").trim().to_string()
}
