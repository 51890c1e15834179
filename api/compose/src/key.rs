//! Values that `config.rs` computes with before they are known.

use std::rc::Rc;

use sarab_key::{Plain, Value};

use crate::caught::caught;
use crate::declaration::Declaration;
use crate::plan::Origin;
use crate::protocol::Diagnostic;
use crate::scope::DEPTH_MAX;
use crate::values::Values;

/// A value of type `T` that is known when the graph is evaluated: a key, a constant, or computed
/// from such.
///
/// It remembers which keys it reads, so a tool can say what a branch depends on. Wired to a job or
/// a constructor, a key that may be given when booting is read then; everything else is fixed when
/// configuring. What is computed is always fixed then, and so are the keys it is computed from.
pub struct Key<T>(Rc<Inner<T>>);

struct Inner<T> {
    text: String,
    reads: Reads,
    origin: Origin,
    depth: usize,
    compute: Compute<T>,
}

pub(crate) type Compute<T> = Rc<dyn Fn(&Values) -> Result<T, Diagnostic>>;

/// What a value depends on.
#[derive(Clone)]
pub(crate) enum Reads {
    Constant,
    Key(Rc<Declaration>),
    Computed(Vec<Rc<Declaration>>),
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

/// Makes a value that no key changes.
#[track_caller]
#[must_use]
pub fn constant<T: Clone + 'static>(value: T) -> Key<T> {
    Key(Rc::new(Inner {
        text: "a constant".into(),
        reads: Reads::Constant,
        origin: Origin::caller(),
        depth: 0,
        compute: Rc::new(move |_| Ok(value.clone())),
    }))
}

/// Makes a string that no key changes, for a parameter `&'static str`, of a name that a description
/// is given.
///
/// It stays in memory until the program ends.
#[track_caller]
#[must_use]
pub fn text(text: impl Into<String>) -> Key<&'static str> {
    constant(&*text.into().leak())
}

impl<T: Clone + 'static> Key<T> {
    /// Computes another value from this one.
    #[track_caller]
    #[must_use]
    pub fn map<U>(&self, compute: impl Fn(T) -> U + 'static) -> Key<U> {
        let input = self.clone();
        Key::computed(self.inputs(), move |values| Ok(compute(input.value(values)?)))
    }

    /// Joins this value and `other` to a pair.
    #[track_caller]
    #[must_use]
    pub fn zip<U: Clone + 'static>(&self, other: &Key<U>) -> Key<(T, U)> {
        let (left, right) = (self.clone(), other.clone());
        Key::computed(self.inputs().join(", ", other.inputs()), move |values| {
            Ok((left.value(values)?, right.value(values)?))
        })
    }

    /// Asks whether this value is `value`.
    #[track_caller]
    #[must_use]
    pub fn eq(&self, value: T) -> Key<bool>
    where
        T: Value + PartialEq,
    {
        let text = format!("{} is {}", self.text(), value.render());
        self.map(move |this| this == value).called(text)
    }

    /// Says in a few words what is asked where a branch depends on this value.
    #[must_use]
    pub fn called(self, question: impl Into<String>) -> Self {
        let Inner { reads, origin, depth, compute, .. } = &*self.0;
        Self(Rc::new(Inner {
            text: question.into(),
            reads: reads.clone(),
            origin: origin.clone(),
            depth: *depth,
            compute: Rc::clone(compute),
        }))
    }

    /// Returns the value, and marks the keys that it reads as live.
    pub(crate) fn value(&self, values: &Values) -> Result<T, Diagnostic> {
        let what = format!("the code that computes `{}`", self.text());
        caught(&what, (&self.0.origin, "given here"), || (self.0.compute)(values))?
    }
}

impl Key<bool> {
    /// Asks whether both hold; where this does not, `other` is not asked.
    #[track_caller]
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let (left, right) = (self.clone(), other.clone());
        Key::computed(self.inputs().join(" and ", other.inputs()), move |values| {
            Ok(left.value(values)? && right.value(values)?)
        })
    }

    /// Asks whether one of them holds; where this does, `other` is not asked.
    #[track_caller]
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let (left, right) = (self.clone(), other.clone());
        Key::computed(self.inputs().join(" or ", other.inputs()), move |values| {
            Ok(left.value(values)? || right.value(values)?)
        })
    }

    /// Asks whether this does not hold.
    #[track_caller]
    #[must_use]
    pub fn not(&self) -> Self {
        let text = format!("not {}", self.text());
        self.map(|this| !this).called(text)
    }
}

/// What a computed value is computed from.
struct Inputs {
    text: String,
    keys: Vec<Rc<Declaration>>,
    depth: usize,
}

impl Inputs {
    fn join(mut self, word: &str, other: Self) -> Self {
        self.keys.extend(other.keys);
        let text = format!("{}{word}{}", self.text, other.text);
        Self { text, keys: self.keys, depth: self.depth.max(other.depth) }
    }
}

impl<T> Key<T> {
    /// Makes the value of the declared `key`.
    pub(crate) fn of_key(
        key: Rc<Declaration>,
        compute: impl Fn(&Values) -> Result<T, Diagnostic> + 'static,
    ) -> Self {
        Self(Rc::new(Inner {
            text: key.name().to_owned(),
            origin: key.key.origin.clone(),
            reads: Reads::Key(key),
            depth: 0,
            compute: Rc::new(compute),
        }))
    }

    #[track_caller]
    fn computed(
        inputs: Inputs,
        compute: impl Fn(&Values) -> Result<T, Diagnostic> + 'static,
    ) -> Self {
        let Inputs { text, keys, depth } = inputs;
        let origin = Origin::caller();
        let compute: Compute<T> = if depth < DEPTH_MAX {
            Rc::new(compute)
        } else {
            let too_deep = too_deep(&text, &origin);
            Rc::new(move |_| Err(too_deep.clone()))
        };
        let depth = (depth + 1).min(DEPTH_MAX);
        Self(Rc::new(Inner { text, reads: Reads::Computed(keys), origin, depth, compute }))
    }

    fn inputs(&self) -> Inputs {
        Inputs {
            text: self.text().to_owned(),
            keys: self.reads().keys().to_vec(),
            depth: self.0.depth,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    pub(crate) fn reads(&self) -> &Reads {
        &self.0.reads
    }
}

fn too_deep(text: &str, origin: &Origin) -> Diagnostic {
    Diagnostic::new(format!("`{text}` is computed in more than {DEPTH_MAX} steps"))
        .at(origin, "computed here from itself, over and over")
}

impl Reads {
    pub(crate) fn keys(&self) -> &[Rc<Declaration>] {
        match self {
            Self::Constant => &[],
            Self::Key(key) => std::slice::from_ref(key),
            Self::Computed(keys) => keys,
        }
    }
}

/// A value whose type is forgotten.
pub(crate) trait Term {
    fn reads(&self) -> &Reads;
    fn origin(&self) -> &Origin;
    fn expression(&self, values: &Values) -> Result<String, Diagnostic>;
}

impl<T: Plain> Key<T> {
    pub(crate) fn into_term(self) -> Rc<dyn Term> {
        Rc::new(self)
    }
}

impl<T: Plain> Term for Key<T> {
    fn reads(&self) -> &Reads {
        &self.0.reads
    }

    fn origin(&self) -> &Origin {
        &self.0.origin
    }

    fn expression(&self, values: &Values) -> Result<String, Diagnostic> {
        let value = self.value(values)?;
        caught(&format!("writing `{}`", self.text()), (&self.0.origin, "given here"), || {
            value.expression()
        })
    }
}
