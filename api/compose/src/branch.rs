//! Branches: devices that the values of keys choose.

use std::rc::Rc;

use sarab_key::Value;

use crate::key::{Compute, Key, Reads};
use crate::node::{Impl, Node, Shape};
use crate::plan::Origin;
use crate::protocol::Diagnostic;
use crate::signature::Kind;

/// A choice among alternatives; only the chosen one is live.
#[derive(Clone)]
pub(crate) struct Branch {
    pub(crate) question: String,
    pub(crate) reads: Reads,
    pub(crate) answers: Vec<String>,
    pub(crate) alternatives: Vec<Rc<Node>>,
    pub(crate) choose: Compute<usize>,
}

/// Chooses `yes` where `condition` holds, and else `no`.
#[track_caller]
#[must_use]
pub fn if_<K: Kind>(condition: &Key<bool>, yes: Impl<K>, no: Impl<K>) -> Impl<K> {
    let branch = Branch {
        question: condition.text().to_owned(),
        reads: condition.reads().clone(),
        answers: vec!["true".into(), "false".into()],
        alternatives: vec![yes.node, no.node],
        choose: Rc::new({
            let condition = condition.clone();
            move |values| Ok(usize::from(!condition.value(values)?))
        }),
    };
    Impl::new(Shape::Branch(branch), Origin::caller())
}

/// Chooses the device that stands beside the value of `key`.
///
/// The first case of a value counts. Say what happens to all other values by
/// [`otherwise`](Match::otherwise) or [`exhaustive`](Match::exhaustive).
#[track_caller]
pub fn match_<T, K>(key: &Key<T>, cases: impl IntoIterator<Item = (T, Impl<K>)>) -> Match<T, K>
where
    T: Value + PartialEq,
    K: Kind,
{
    let (cases, alternatives) = cases.into_iter().unzip();
    Match { key: key.clone(), cases, alternatives, origin: Origin::caller() }
}

/// A choice by value that still has to say what happens to other values.
#[must_use = "a match is no device until `otherwise` or `exhaustive` ends it"]
pub struct Match<T, K> {
    key: Key<T>,
    cases: Vec<T>,
    alternatives: Vec<Impl<K>>,
    origin: Origin,
}

impl<T: Value + PartialEq, K: Kind> Match<T, K> {
    /// Chooses `device` for all other values; mostly one that is [`unavailable`].
    #[must_use]
    pub fn otherwise(mut self, device: Impl<K>) -> Impl<K> {
        self.alternatives.push(device);
        self.end(vec!["otherwise".into()])
    }

    /// Takes any other value for an error.
    #[must_use]
    pub fn exhaustive(self) -> Impl<K> {
        self.end(Vec::new())
    }

    fn end(self, rest: Vec<String>) -> Impl<K> {
        let Self { key, cases, alternatives, origin } = self;
        let answers: Vec<_> = cases.iter().map(Value::render).chain(rest).collect();
        let branch = Branch {
            question: key.text().to_owned(),
            reads: key.reads().clone(),
            answers: answers.clone(),
            alternatives: alternatives.into_iter().map(|device| device.node).collect(),
            choose: Rc::new({
                let origin = origin.clone();
                move |values| {
                    let value = key.value(values)?;
                    let case = cases.iter().position(|case| *case == value).unwrap_or(cases.len());
                    if case < answers.len() {
                        return Ok(case);
                    }
                    Err(no_case(key.text(), &value.render(), &answers, &origin))
                }
            }),
        };
        Impl::new(Shape::Branch(branch), origin)
    }
}

/// Stands where a device would be that there is none of, and says why or what to do instead.
///
/// It is an error where it is live: "no `Block` for target `xen`".
#[track_caller]
#[must_use]
pub fn unavailable<K: Kind>(why: impl Into<String>) -> Impl<K> {
    Impl::new(Shape::Unavailable(why.into()), Origin::caller())
}

fn no_case(question: &str, value: &str, answers: &[String], origin: &Origin) -> Diagnostic {
    Diagnostic::new(format!("no case for `{value}` of `{question}`"))
        .at(origin, format!("its cases are {}", crate::diagnostic::list(answers)))
        .help("add a case, or end the match with `otherwise`")
}
