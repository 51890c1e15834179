//! Walking a whole graph, dead branches included, for the keys in it.

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use crate::declaration::Declaration;
use crate::job::Job;
use crate::key::{Reads, Term};
use crate::node::{Node, Operand, Shape, Wire};
use crate::plan::Origin;
use crate::protocol::Diagnostic;
use crate::scope::DEPTH_MAX;

/// What was found.
#[derive(Default)]
pub(crate) struct Collected {
    /// All declarations, in the order in which they were found.
    pub(crate) keys: Vec<Rc<Declaration>>,
    /// The keys that must be known when configuring, by name, and why.
    pub(crate) needs: BTreeMap<String, Need>,
    seen: HashSet<*const Node>,
}

/// Why a key must be known when configuring.
pub(crate) enum Need {
    /// A branch is decided by it.
    Branch(Origin),
    /// A value is computed from it.
    Computed(Origin),
}

impl Need {
    pub(crate) fn origin(&self) -> &Origin {
        match self {
            Self::Branch(origin) | Self::Computed(origin) => origin,
        }
    }
}

impl Collected {
    /// Walks all that `jobs` reach, and takes `keys` along.
    pub(crate) fn of(jobs: &[Job], keys: &[Rc<Declaration>]) -> Result<Self, Diagnostic> {
        let mut collected = Self::default();
        collected.keys.extend(keys.iter().cloned());
        for job in jobs {
            collected.wires(&job.arguments);
            for node in crate::node::devices(&job.arguments).chain(&job.after) {
                collected.node(node)?;
            }
        }
        Ok(collected)
    }

    fn node(&mut self, node: &Rc<Node>) -> Result<(), Diagnostic> {
        if !self.seen.insert(Rc::as_ptr(node)) {
            return Ok(());
        }
        match &node.shape {
            Shape::Device { arguments, .. } => self.wires(arguments),
            Shape::Branch(branch) => {
                self.reads(&branch.reads, || Need::Branch(node.origin.clone()));
            }
            Shape::Unavailable(_) => {}
            Shape::TooDeep => return Err(too_deep(node)),
        }
        node.shape.needs().try_for_each(|need| self.node(need))
    }

    fn wires(&mut self, wires: &[Wire]) {
        for wire in wires {
            if let Operand::Value(term) = &wire.0 {
                self.term(&**term);
            }
        }
    }

    fn term(&mut self, term: &dyn Term) {
        match term.reads() {
            Reads::Key(key) => self.keys.push(Rc::clone(key)),
            reads => self.reads(reads, || Need::Computed(term.origin().clone())),
        }
    }

    fn reads(&mut self, reads: &Reads, need: impl Fn() -> Need) {
        for key in reads.keys() {
            self.keys.push(Rc::clone(key));
            self.needs.entry(key.name().to_owned()).or_insert_with(&need);
        }
    }
}

fn too_deep(node: &Node) -> Diagnostic {
    Diagnostic::new(format!("a `{}` stands on more than {DEPTH_MAX} others", node.kind))
        .at(&node.origin, "made here, over and over")
        .help("a combinator that calls itself needs an end")
}
