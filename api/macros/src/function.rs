//! Checking that a job is a function that a program can start with.

use crate::key;
use crate::token::{Problem, Shape, Token};

/// Checks what stands in the brackets of the attribute itself.
pub(crate) fn arguments<P: Copy>(tokens: &[Token<P>]) -> Option<Problem<P>> {
    let problem =
        "`job` takes no arguments: what a key is stands at the parameter, as `#[key(...)]`";
    tokens.first().map(|token| token.problem(problem))
}

/// Checks the item; the first problem is returned.
pub(crate) fn check<P: Copy>(item: &[Token<P>]) -> Option<Problem<P>> {
    match signature(item) {
        Err(problem) => Some(problem),
        Ok(after_fn) => {
            let parameters = parameters(after_fn)?;
            attributes(parameters).find_map(key::check)
        }
    }
}

/// Finds what follows `async fn`.
fn signature<P: Copy>(item: &[Token<P>]) -> Result<&[Token<P>], Problem<P>> {
    let mut is_async = false;
    let mut rest = item;
    while let [token, after @ ..] = rest {
        match &token.shape {
            Shape::Word(word) if word == "fn" && is_async => return Ok(after),
            Shape::Word(word) if word == "fn" => {
                return Err(token.problem("a job is an `async fn`: write `async` before `fn`"));
            }
            Shape::Word(word) if word == "unsafe" => {
                return Err(token.problem("a job is not `unsafe`: nobody vouches for its call"));
            }
            Shape::Word(word) if word == "async" => is_async = true,
            Shape::Word(word) if !is_qualifier(word) => break,
            _ => {}
        }
        rest = after;
    }
    let place = rest.first().or(item.first());
    place.map_or(Ok(&[]), |token| Err(token.problem("a job is an `async fn`, and this is none")))
}

/// Tells whether a word may stand before `fn`; attributes and `(crate)` are groups, not words.
fn is_qualifier(word: &str) -> bool {
    matches!(word, "pub" | "const" | "extern")
}

/// Finds the parameters: the first round brackets that are not within angle brackets.
fn parameters<P: Copy>(after_fn: &[Token<P>]) -> Option<&[Token<P>]> {
    let mut depth = 0_usize;
    let mut is_arrow = false;
    for token in after_fn {
        match &token.shape {
            Shape::Mark('<') => depth += 1,
            Shape::Mark('>') if !is_arrow => depth = depth.saturating_sub(1),
            Shape::Group('(', tokens) if depth == 0 => return Some(tokens),
            _ => {}
        }
        is_arrow = token.is_mark('-');
    }
    None
}

/// Returns what stands in each `#[...]` of the parameters.
fn attributes<P: Copy>(parameters: &[Token<P>]) -> impl Iterator<Item = &[Token<P>]> {
    parameters.windows(2).filter_map(|pair| match pair {
        [mark, group] if mark.is_mark('#') => group.group('['),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::tokens;

    fn check_text(source: &str) -> Option<(String, usize)> {
        check(&tokens(source)).map(|problem| (problem.text, problem.place))
    }

    #[test]
    fn an_async_fn_is_a_job() {
        for source in [
            "async fn start ( ) { }",
            "pub ( crate ) async fn start ( port : u16 ) { }",
            "# [ doc = \"x\" ] pub async fn start < F : Fn ( u8 ) - > u8 > ( f : F ) { }",
        ] {
            assert_eq!(check_text(source), None, "{source}");
        }
    }

    #[test]
    fn a_plain_fn_is_told_to_be_async_at_its_fn() {
        let problem = "a job is an `async fn`: write `async` before `fn`".to_string();
        assert_eq!(check_text("pub fn start ( ) { }"), Some((problem, 1)));
    }

    #[test]
    fn what_is_no_fn_is_refused_where_that_shows() {
        let problem = "a job is an `async fn`, and this is none".to_string();
        assert_eq!(check_text("pub struct Start ;"), Some((problem.clone(), 1)));
        assert_eq!(check_text("pub ( crate )"), Some((problem, 0)));
    }

    #[test]
    fn an_unsafe_fn_is_refused() {
        let (text, place) = check_text("async unsafe fn start ( ) { }").unwrap();
        assert_eq!((text.starts_with("a job is not `unsafe`"), place), (true, 1));
    }

    #[test]
    fn a_wrong_key_of_any_parameter_is_found() {
        let source =
            "async fn start < F : Fn ( u8 ) > ( a : u8 , # [ key ( nmae = \"x\" ) ] b : u8 ) { }";
        let (text, place) = check_text(source).unwrap();
        assert!(text.starts_with("unknown word `nmae`"), "{text}");
        assert_eq!(tokens_at(source, place), "nmae");
    }

    #[test]
    fn the_attribute_itself_takes_nothing() {
        let problem = arguments(&tokens("port = 80")).unwrap();
        assert!(problem.text.starts_with("`job` takes no arguments"));
        assert_eq!(arguments::<usize>(&[]), None);
    }

    fn tokens_at(source: &str, place: usize) -> &str {
        source.split_whitespace().nth(place).unwrap()
    }
}
