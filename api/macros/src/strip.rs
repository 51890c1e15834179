//! Taking from the parameters what the compiler does not know there.

use std::iter::Peekable;

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

use crate::owned;

/// Returns the attribute that lets a job wait for nothing; a job is asynchronous all the same.
pub(crate) fn unused_async_is_fine() -> TokenStream {
    "#[allow(clippy::unused_async)]".parse().unwrap_or_default()
}

/// Returns a function without the doc comments and `#[key]` of its parameters, its devices owned.
///
/// The parameters are the first round brackets after the word `fn` that are not within angle
/// brackets. All other tokens stay as they are, and where they are.
pub(crate) fn parameters(function: TokenStream) -> TokenStream {
    let mut place = Place::Before;
    function.into_iter().map(|tree| place.next(tree)).collect()
}

/// How far into a function the tokens have been read.
enum Place {
    Before,
    /// After `fn`, within so many angle brackets; and whether the last token was a `-`.
    Name(usize, bool),
    After,
}

impl Place {
    fn next(&mut self, tree: TokenTree) -> TokenTree {
        match (&mut *self, &tree) {
            (Self::Before, TokenTree::Ident(word)) if word.to_string() == "fn" => {
                *self = Self::Name(0, false);
            }
            (Self::Name(depth, is_arrow), TokenTree::Punct(mark)) => {
                match mark.as_char() {
                    '<' => *depth += 1,
                    '>' if !*is_arrow => *depth = depth.saturating_sub(1),
                    _ => {}
                }
                *is_arrow = mark.as_char() == '-';
            }
            (Self::Name(0, _), TokenTree::Group(group))
                if group.delimiter() == Delimiter::Parenthesis =>
            {
                let stripped = owned::parameters(&strip(group));
                *self = Self::After;
                return stripped.into();
            }
            _ => {}
        }
        tree
    }
}

fn strip(parameters: &Group) -> Group {
    let mut left = parameters.stream().into_iter().peekable();
    let mut kept = Vec::new();
    while let Some(tree) = left.next() {
        if !(is_hash(&tree) && skip_attribute(&mut left)) {
            kept.push(tree);
        }
    }
    let mut group = Group::new(Delimiter::Parenthesis, kept.into_iter().collect());
    group.set_span(parameters.span());
    group
}

fn is_hash(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Punct(mark) if mark.as_char() == '#')
}

/// Skips the brackets after a `#`, if they hold `doc` or `key`.
fn skip_attribute(left: &mut Peekable<impl Iterator<Item = TokenTree>>) -> bool {
    left.next_if(|tree| matches!(tree, TokenTree::Group(group) if is_ours(group))).is_some()
}

fn is_ours(attribute: &Group) -> bool {
    let name = attribute.stream().into_iter().next().map(|tree| tree.to_string());
    matches!(name.as_deref(), Some("doc" | "key"))
}
