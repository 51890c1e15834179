//! Saying of a job's devices that it owns them.

use proc_macro::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};

/// Adds `+ 'static` to each parameter of the form `name: impl Bounds`.
///
/// A job owns its devices, so that bound always holds; with it the job may hand a device to a task
/// that outlives the call.
pub(crate) fn parameters(parameters: &Group) -> Group {
    let mut kept = Vec::new();
    let mut depth = 0_usize;
    let mut is_impl = false;
    let mut last = None;
    for tree in parameters.stream() {
        let mark = mark(&tree);
        match mark {
            Some('<') => depth += 1,
            Some('>') if last != Some('-') => depth = depth.saturating_sub(1),
            Some(',') if depth == 0 => end(&mut kept, &mut is_impl),
            _ => is_impl |= depth == 0 && last == Some(':') && is_word(&tree, "impl"),
        }
        last = mark;
        kept.push(tree);
    }
    end(&mut kept, &mut is_impl);
    let mut group = Group::new(Delimiter::Parenthesis, kept.into_iter().collect());
    group.set_span(parameters.span());
    group
}

/// Ends a parameter.
fn end(kept: &mut Vec<TokenTree>, is_impl: &mut bool) {
    if std::mem::take(is_impl) {
        let span = kept.last().map_or_else(Span::call_site, TokenTree::span);
        kept.extend(and_static(span));
    }
}

/// Returns the bound, at the place of the bound before it: what the compiler says of the parameter
/// is told there.
fn and_static(span: Span) -> TokenStream {
    let plus = Punct::new('+', Spacing::Alone);
    let tick = Punct::new('\'', Spacing::Joint);
    let word = Ident::new("static", span);
    let trees = [TokenTree::from(plus), tick.into(), word.into()];
    let placed = trees.into_iter().map(|mut tree| {
        tree.set_span(span);
        tree
    });
    placed.collect()
}

fn mark(tree: &TokenTree) -> Option<char> {
    match tree {
        TokenTree::Punct(mark) => Some(mark.as_char()),
        _ => None,
    }
}

fn is_word(tree: &TokenTree, word: &str) -> bool {
    matches!(tree, TokenTree::Ident(ident) if ident.to_string() == word)
}
