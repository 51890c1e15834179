//! Checking what `#[key(...)]` says.

use crate::token::{Problem, Shape, Token};

/// What can be said of a key, and what it is said with.
const WORDS: [(&str, Value); 6] = [
    ("default", Value::Any),
    ("env", Value::Text),
    ("name", Value::Text),
    ("doc", Value::Text),
    ("alias", Value::Text),
    ("required", Value::None),
];

#[derive(Clone, Copy, PartialEq)]
enum Value {
    None,
    Text,
    Any,
}

/// Checks one attribute, given as what stands in its `#[...]`; other attributes are fine.
pub(crate) fn check<P: Copy>(attribute: &[Token<P>]) -> Option<Problem<P>> {
    let [name, rest @ ..] = attribute else { return None };
    if !name.is_word("key") {
        return None;
    }
    let [list] = rest else { return Some(name.problem(FORM)) };
    let Some(tokens) = list.group('(') else { return Some(list.problem(FORM)) };
    let mut said = Vec::new();
    let parts = tokens.split(|token| token.is_mark(',')).filter(|part| !part.is_empty());
    parts.into_iter().find_map(|part| check_part(part, &mut said))
}

const FORM: &str = "a key is described as `#[key(default = 8080, env = \"PORT\")]`";

fn check_part<'a, P: Copy>(part: &'a [Token<P>], said: &mut Vec<&'a str>) -> Option<Problem<P>> {
    let [token, value @ ..] = part else { return None };
    let Shape::Word(word) = &token.shape else { return Some(token.problem(FORM)) };
    let Some((_, takes)) = WORDS.iter().find(|(known, _)| known == word) else {
        let known = WORDS.map(|(known, _)| known).join(", ");
        return Some(token.problem(format!("unknown word `{word}`: of a key are known {known}")));
    };
    if said.contains(&word.as_str()) {
        return Some(token.problem(format!("`{word}` is said twice")));
    }
    said.push(word);
    if said.contains(&"required") && said.contains(&"default") {
        return Some(token.problem("a key that has a default is not required"));
    }
    check_value(token, word, *takes, value)
}

fn check_value<P: Copy>(
    token: &Token<P>,
    word: &str,
    takes: Value,
    value: &[Token<P>],
) -> Option<Problem<P>> {
    let form = match takes {
        Value::None => format!("`{word}` stands alone"),
        Value::Text => format!("`{word}` is a text: write `{word} = \"...\"`"),
        Value::Any => format!("`{word}` is a literal: write `{word} = 8080` or `{word} = \"...\"`"),
    };
    let place = value.get(1).or(value.first()).unwrap_or(token);
    let is_right = match (takes, value) {
        (Value::None, []) => true,
        (Value::None, _) => false,
        (_, [equals, literal @ ..]) if equals.is_mark('=') => is_literal(literal, takes),
        _ => false,
    };
    (!is_right).then(|| place.problem(form))
}

fn is_literal<P: Copy>(value: &[Token<P>], takes: Value) -> bool {
    match value {
        [sign, number] if sign.is_mark('-') => is_literal(std::slice::from_ref(number), takes),
        [Token { shape: Shape::Literal(text), .. }] => takes == Value::Any || is_text(text),
        [word] => takes == Value::Any && (word.is_word("true") || word.is_word("false")),
        _ => false,
    }
}

fn is_text(literal: &str) -> bool {
    literal.starts_with('"') || literal.starts_with('r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::tests::tokens;

    /// Returns the problem and the token that it points at.
    fn problem(source: &str) -> (String, &str) {
        let problem = check(&tokens(source)).expect(source);
        (problem.text, source.split_whitespace().nth(problem.place).unwrap())
    }

    #[test]
    fn every_word_is_accepted_with_its_kind_of_value() {
        for source in [
            "key ( default = 8080 )",
            "key ( default = - 5 , )",
            "key ( default = true , env = \"LOUD\" )",
            "key ( name = \"n\" , doc = \"d\" , alias = \"a\" , required )",
            "key ( )",
            "doc = \"anything\"",
            "cfg ( key )",
        ] {
            assert_eq!(check(&tokens(source)), None, "{source}");
        }
    }

    #[test]
    fn an_unknown_word_is_told_the_known_ones() {
        assert_eq!(
            problem("key ( defualt = 80 )"),
            (
                "unknown word `defualt`: of a key are known default, env, name, doc, alias, required"
                    .into(),
                "defualt",
            ),
        );
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_pointed_at() {
        assert_eq!(
            problem("key ( env = 5 )"),
            ("`env` is a text: write `env = \"...\"`".into(), "5")
        );
        assert_eq!(problem("key ( default = PORT )").1, "PORT");
        assert_eq!(problem("key ( default )").1, "default");
        assert_eq!(problem("key ( default ( 80 ) )").1, "(");
        assert_eq!(problem("key ( required = true )"), ("`required` stands alone".into(), "true"));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert_eq!(problem("key ( env = \"A\" , env = \"B\" )").0, "`env` is said twice");
        assert_eq!(
            problem("key ( required , default = 1 )"),
            ("a key that has a default is not required".into(), "default"),
        );
    }

    #[test]
    fn another_form_is_shown_the_right_one() {
        for source in ["key", "key = \"port\"", "key [ default = 1 ]", "key ( \"port\" )"] {
            assert!(problem(source).0.starts_with("a key is described as"), "{source}");
        }
    }
}
