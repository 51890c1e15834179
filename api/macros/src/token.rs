//! Tokens that tests can make too, and what is wrong with them.
//!
//! The compiler's own tokens exist only while it runs a macro. What a token looks like and where it
//! stands is all that the checks need, whatever a place is.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// A token that stands at a place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token<P> {
    pub(crate) shape: Shape<P>,
    pub(crate) place: P,
}

/// What a token looks like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape<P> {
    Word(String),
    Literal(String),
    Mark(char),
    /// Tokens in brackets, which are known by the opening one; a space means none.
    Group(char, Vec<Token<P>>),
}

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem<P> {
    pub(crate) text: String,
    pub(crate) place: P,
}

impl<P: Copy> Token<P> {
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(&self.shape, Shape::Word(text) if text == word)
    }

    pub(crate) fn is_mark(&self, mark: char) -> bool {
        matches!(self.shape, Shape::Mark(own) if own == mark)
    }

    /// Returns what is in the brackets that begin with `open`, if the token is such a group.
    pub(crate) fn group(&self, open: char) -> Option<&[Self]> {
        match &self.shape {
            Shape::Group(bracket, tokens) if *bracket == open => Some(tokens),
            _ => None,
        }
    }

    pub(crate) fn problem(&self, text: impl Into<String>) -> Problem<P> {
        Problem { text: text.into(), place: self.place }
    }
}

impl Token<Span> {
    /// Reads the compiler's tokens.
    pub(crate) fn read(stream: TokenStream) -> Vec<Self> {
        stream.into_iter().map(Self::from).collect()
    }
}

impl From<TokenTree> for Token<Span> {
    fn from(tree: TokenTree) -> Self {
        let place = tree.span();
        let shape = match tree {
            TokenTree::Ident(word) => Shape::Word(word.to_string()),
            TokenTree::Literal(literal) => Shape::Literal(literal.to_string()),
            TokenTree::Punct(mark) => Shape::Mark(mark.as_char()),
            TokenTree::Group(group) => {
                Shape::Group(opening(group.delimiter()), Self::read(group.stream()))
            }
        };
        Self { shape, place }
    }
}

fn opening(delimiter: Delimiter) -> char {
    match delimiter {
        Delimiter::Parenthesis => '(',
        Delimiter::Brace => '{',
        Delimiter::Bracket => '[',
        Delimiter::None => ' ',
    }
}

impl Problem<Span> {
    /// Makes a compile error of it.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let at = |mut tree: TokenTree| {
            tree.set_span(self.place);
            tree
        };
        let mark = |mark, spacing| at(Punct::new(mark, spacing).into());
        let text = at(Literal::string(&self.text).into());
        [
            mark(':', Spacing::Joint),
            mark(':', Spacing::Alone),
            at(Ident::new("core", self.place).into()),
            mark(':', Spacing::Joint),
            mark(':', Spacing::Alone),
            at(Ident::new("compile_error", self.place).into()),
            mark('!', Spacing::Alone),
            at(Group::new(Delimiter::Brace, text.into()).into()),
        ]
        .into_iter()
        .collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Reads words, literals and marks that are separated by spaces; the place is the number of the
    /// token, brackets included.
    pub(crate) fn tokens(source: &str) -> Vec<Token<usize>> {
        read(&mut source.split_whitespace().enumerate())
    }

    fn read<'a>(source: &mut impl Iterator<Item = (usize, &'a str)>) -> Vec<Token<usize>> {
        let mut tokens = Vec::new();
        while let Some((place, text)) = source.next() {
            let first = text.chars().next().unwrap();
            let shape = match first {
                ')' | ']' | '}' => return tokens,
                '(' | '[' | '{' => Shape::Group(first, read(source)),
                '"' | '0'..='9' | '\'' => Shape::Literal(text.into()),
                'a'..='z' | 'A'..='Z' | '_' => Shape::Word(text.into()),
                _ => Shape::Mark(first),
            };
            tokens.push(Token { shape, place });
        }
        tokens
    }
}
