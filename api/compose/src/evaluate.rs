//! Evaluation: from the graph and the values of its keys to what is live.

mod check;
mod live;
mod name;
mod path;

use std::collections::HashMap;
use std::rc::Rc;

use crate::branch::Branch;
use crate::caught::caught;
use crate::device::{Hook, Recipe};
use crate::job::Job;
use crate::key::{Reads, Term};
use crate::node::{Node, Operand, Shape, Wire};
use crate::plan::{self, Argument, Crate, Decision, DeviceId, Origin};
use crate::protocol::Diagnostic;
use crate::values::Values;

pub(crate) use live::Live;

/// Finds what is live of all that `jobs` reach; `target` is for messages.
pub(crate) fn evaluate(jobs: &[Job], values: &Values, target: &str) -> Result<Live, Diagnostic> {
    let mut evaluator = Evaluator::new(values, target);
    let jobs = jobs.iter().map(|job| evaluator.job(job)).collect::<Result<Vec<_>, _>>()?;
    check::devices(&evaluator.made)?;
    Ok(Live::of(evaluator.made, evaluator.decisions, jobs))
}

/// A live device, before it has a name and its decisions.
struct Made {
    contents: Contents,
    origin: Origin,
    hooks: Vec<Hook>,
    needs: Vec<Edge>,
}

/// All that tells a device from others: devices of equal contents are one.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Contents {
    kind: &'static str,
    name: Option<String>,
    label: String,
    constructor: plan::Constructor,
    arguments: Vec<Argument>,
    after: Vec<DeviceId>,
    crates: Vec<Crate>,
    resources: Vec<plan::Resource>,
    modules: Vec<String>,
}

/// The way from what uses a device to the device.
#[derive(Clone)]
struct Edge {
    device: DeviceId,
    /// The branches on the way, outermost first.
    decisions: Vec<usize>,
}

/// Who asks for a device, to be named where there is none.
#[derive(Clone, Copy)]
struct Asker<'a> {
    origin: &'a Origin,
    text: &'a str,
}

struct Evaluator<'a> {
    values: &'a Values,
    target: &'a str,
    made: Vec<Made>,
    by_contents: HashMap<Contents, DeviceId>,
    reached: HashMap<*const Node, Edge>,
    decisions: Vec<Decision>,
}

impl<'a> Evaluator<'a> {
    fn new(values: &'a Values, target: &'a str) -> Self {
        Self {
            values,
            target,
            made: Vec::new(),
            by_contents: HashMap::new(),
            reached: HashMap::new(),
            decisions: Vec::new(),
        }
    }

    fn job(&mut self, job: &Job) -> Result<(plan::Job, Vec<Edge>), Diagnostic> {
        let asker = Asker { origin: &job.origin, text: "wanted by this job" };
        let (arguments, mut needs) = self.arguments(&job.arguments, asker)?;
        let after = self.after(&job.after, asker, &mut needs)?;
        let job = plan::Job {
            function: job.function.clone(),
            parameters: job.parameters.clone(),
            arguments,
            after,
            origin: job.origin.clone(),
        };
        Ok((job, needs))
    }

    /// Finds the live device that `node` stands for.
    fn reach(&mut self, node: &Rc<Node>, asker: Asker) -> Result<Edge, Diagnostic> {
        if let Some(edge) = self.reached.get(&Rc::as_ptr(node)) {
            return Ok(edge.clone());
        }
        let edge = match &node.shape {
            Shape::Device { recipe, arguments } => {
                let device = self.make(node, recipe, arguments)?;
                Edge { device, decisions: Vec::new() }
            }
            Shape::Branch(branch) => self.decide(node, branch)?,
            Shape::Unavailable(why) => return Err(self.unavailable(node, why, asker)),
            Shape::TooDeep => unreachable!("the keys of the graph could not have been collected"),
        };
        self.reached.insert(Rc::as_ptr(node), edge.clone());
        Ok(edge)
    }

    fn make(
        &mut self,
        node: &Node,
        recipe: &Recipe,
        arguments: &[Wire],
    ) -> Result<DeviceId, Diagnostic> {
        check::recipe(node, recipe, arguments)?;
        let asker = Asker { origin: &node.origin, text: "wanted by this device" };
        let (arguments, mut needs) = self.arguments(arguments, asker)?;
        let contents = Contents {
            kind: node.kind,
            name: recipe.name.clone(),
            label: recipe.label.clone().unwrap_or_else(|| node.kind.into()),
            constructor: recipe.constructor.clone(),
            arguments,
            after: self.after(&recipe.after, asker, &mut needs)?,
            crates: sorted(recipe.crates.iter().cloned().map(with_sorted_features)),
            resources: sorted(recipe.resources.iter().cloned()),
            modules: sorted(recipe.modules.iter().cloned()),
        };
        if let Some(&device) = self.by_contents.get(&contents) {
            self.made[device].needs.extend(needs);
            return Ok(device);
        }
        let device = self.made.len();
        self.by_contents.insert(contents.clone(), device);
        let (origin, hooks) = (node.origin.clone(), recipe.hooks.clone());
        self.made.push(Made { contents, origin, hooks, needs });
        Ok(device)
    }

    fn arguments(
        &mut self,
        wires: &[Wire],
        asker: Asker,
    ) -> Result<(Vec<Argument>, Vec<Edge>), Diagnostic> {
        let mut needs = Vec::new();
        let mut arguments = Vec::new();
        for wire in wires {
            arguments.push(match &wire.0 {
                Operand::Device(node) => {
                    needs.push(self.reach(node, asker)?);
                    Argument::Device(needs[needs.len() - 1].device)
                }
                Operand::Value(term) => self.value(&**term)?,
                Operand::Expression(text) => Argument::Fixed(text.clone()),
            });
        }
        Ok((arguments, needs))
    }

    fn after(
        &mut self,
        nodes: &[Rc<Node>],
        asker: Asker,
        needs: &mut Vec<Edge>,
    ) -> Result<Vec<DeviceId>, Diagnostic> {
        let mut after = Vec::new();
        for node in nodes {
            let edge = self.reach(node, asker)?;
            after.push(edge.device);
            needs.push(edge);
        }
        Ok(sorted(after))
    }

    fn value(&self, term: &dyn Term) -> Result<Argument, Diagnostic> {
        match term.reads() {
            Reads::Key(key) if !self.values.is_fixed(key) => {
                self.values.mark(key);
                Ok(Argument::Boot(key.name().to_owned()))
            }
            _ => Ok(Argument::Fixed(term.expression(self.values)?)),
        }
    }

    fn decide(&mut self, node: &Node, branch: &Branch) -> Result<Edge, Diagnostic> {
        let what = format!("the branch on `{}`", branch.question);
        let chosen = caught(&what, (&node.origin, "given here"), || (branch.choose)(self.values))??;
        let at = self.decisions.len();
        self.decisions.push(Decision {
            question: branch.question.clone(),
            answer: branch.answers[chosen].clone(),
            answers: branch.answers.clone(),
            keys: sorted(branch.reads.keys().iter().map(|key| key.name().to_owned())),
            device: DeviceId::MAX,
            origin: node.origin.clone(),
        });
        let text = format!("`{}` chooses it here", branch.question);
        let asker = Asker { origin: &node.origin, text: &text };
        let Edge { device, mut decisions } = self.reach(&branch.alternatives[chosen], asker)?;
        self.decisions[at].device = device;
        decisions.insert(0, at);
        Ok(Edge { device, decisions })
    }

    fn unavailable(&self, node: &Node, why: &str, asker: Asker) -> Diagnostic {
        let target = match self.target {
            "" => String::new(),
            target => format!(" for target `{target}`"),
        };
        let diagnostic = Diagnostic::new(format!("no `{}`{target}", node.kind))
            .at(asker.origin, asker.text)
            .help(why);
        // A function of a library that chooses stands at one place.
        if *asker.origin == node.origin {
            return diagnostic;
        }
        diagnostic.at(&node.origin, "said to be unavailable here")
    }
}

fn with_sorted_features(needed: Crate) -> Crate {
    Crate { features: sorted(needed.features), ..needed }
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<_> = items.into_iter().collect();
    items.sort();
    items.dedup();
    items
}
