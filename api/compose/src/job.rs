//! Jobs: the functions of the program that use the devices.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::node::{Impl, Node, Wire};
use crate::plan::Origin;
use crate::scope::Nested;
use crate::signature::{Kind, Signature};

/// A function of the program that is being declared; [`of`](Function::of) applies it.
#[must_use = "a function is no job until `of` applies it"]
pub struct Function<S> {
    path: String,
    after: Vec<Rc<Node>>,
    origin: Origin,
    signature: PhantomData<fn() -> S>,
    _nested: Nested,
}

/// A function of the program with all that it uses.
#[derive(Clone)]
pub struct Job {
    pub(crate) function: String,
    pub(crate) parameters: Vec<String>,
    pub(crate) arguments: Vec<Wire>,
    pub(crate) after: Vec<Rc<Node>>,
    pub(crate) origin: Origin,
}

/// Declares the async function at `path` in the program's crate (`start`, `web::start`), of
/// signature `S`, as a job. This place stands for the job in messages.
#[track_caller]
pub fn job<S: Signature<Made = ()>>(path: &str) -> Function<S> {
    Function {
        path: path.to_owned(),
        after: Vec::new(),
        origin: Origin::caller(),
        signature: PhantomData,
        _nested: Nested::enter(path),
    }
}

impl<S: Signature<Made = ()>> Function<S> {
    /// Has `other` made first although it is not given to the function.
    pub fn after<K: Kind>(mut self, other: &Impl<K>) -> Self {
        self.after.push(Rc::clone(&other.node));
        self
    }

    /// Applies the function to `wires`: nothing, one wire, or a tuple of them.
    pub fn of(self, wires: S::Wires) -> Job {
        Job {
            function: self.path,
            parameters: S::parameters(),
            arguments: S::untype(wires),
            after: self.after,
            origin: self.origin,
        }
    }
}
