//! The graph that `config.rs` builds: values that hold what they need, so it has no cycle.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::branch::Branch;
use crate::device::Recipe;
use crate::key::Term;
use crate::plan::Origin;
use crate::scope::DEPTH_MAX;
use crate::signature::Kind;

/// A device of kind `K` that something can be wired to: made, chosen by a branch, or unavailable.
///
/// It is a description and costs nothing: clone it to wire it twice, and it is still one device.
pub struct Impl<K> {
    pub(crate) node: Rc<Node>,
    kind: PhantomData<fn() -> K>,
}

impl<K> Clone for Impl<K> {
    fn clone(&self) -> Self {
        Self { node: Rc::clone(&self.node), kind: PhantomData }
    }
}

impl<K: Kind> Impl<K> {
    /// Names the device, on whatever branch it is, in place of the name that it had.
    #[must_use]
    pub fn named(&self, name: &str) -> Self {
        Self { node: self.node.named(name), kind: PhantomData }
    }

    pub(crate) fn new(shape: Shape, origin: Origin) -> Self {
        let depth = 1 + shape.needs().map(|need| need.depth).max().unwrap_or(0);
        let node = if depth > DEPTH_MAX {
            Node { kind: K::NAME, depth: 0, origin, shape: Shape::TooDeep }
        } else {
            Node { kind: K::NAME, depth, origin, shape }
        };
        Self { node: Rc::new(node), kind: PhantomData }
    }
}

/// A Rust expression of the generated program, wired as it is written.
///
/// In a signature it stands for the type that the expression has there.
#[derive(Clone)]
pub struct Expression(pub(crate) String);

/// Wires a Rust expression, such as the constant of a module that the device prepares:
/// `expression("&htdocs::FILES")`.
#[must_use]
pub fn expression(text: impl Into<String>) -> Expression {
    Expression(text.into())
}

/// A wire whose type was checked and is now forgotten.
#[derive(Clone)]
pub struct Wire(pub(crate) Operand);

#[derive(Clone)]
pub(crate) enum Operand {
    Device(Rc<Node>),
    Value(Rc<dyn Term>),
    Expression(String),
}

/// A vertex of the graph.
pub(crate) struct Node {
    pub(crate) kind: &'static str,
    pub(crate) depth: usize,
    pub(crate) origin: Origin,
    pub(crate) shape: Shape,
}

impl Node {
    fn named(self: &Rc<Self>, name: &str) -> Rc<Self> {
        let shape = match &self.shape {
            Shape::Device { recipe, arguments } => Shape::Device {
                recipe: Recipe { name: Some(name.to_owned()), ..recipe.clone() },
                arguments: arguments.clone(),
            },
            Shape::Branch(branch) => Shape::Branch(Branch {
                alternatives: branch.alternatives.iter().map(|node| node.named(name)).collect(),
                ..branch.clone()
            }),
            Shape::Unavailable(_) | Shape::TooDeep => return Rc::clone(self),
        };
        Rc::new(Self { kind: self.kind, depth: self.depth, origin: self.origin.clone(), shape })
    }
}

pub(crate) enum Shape {
    /// A constructor and what it is given.
    Device { recipe: Recipe, arguments: Vec<Wire> },
    /// One of several, chosen by keys.
    Branch(Branch),
    /// Nothing, and why.
    Unavailable(String),
    /// The end of a graph that is too deep to be meant.
    TooDeep,
}

impl Shape {
    /// Returns the vertices that this one holds, of all branches.
    pub(crate) fn needs(&self) -> Box<dyn Iterator<Item = &Rc<Node>> + '_> {
        match self {
            Self::Device { recipe, arguments } => {
                Box::new(devices(arguments).chain(recipe.after.iter()))
            }
            Self::Branch(branch) => Box::new(branch.alternatives.iter()),
            Self::Unavailable(_) | Self::TooDeep => Box::new(std::iter::empty()),
        }
    }
}

/// Returns the devices among `wires`.
pub(crate) fn devices(wires: &[Wire]) -> impl Iterator<Item = &Rc<Node>> {
    wires.iter().filter_map(|wire| match &wire.0 {
        Operand::Device(node) => Some(node),
        Operand::Value(_) | Operand::Expression(_) => None,
    })
}
