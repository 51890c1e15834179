//! Unikernels: jobs under a name, evaluated in the process or for a tool.

use std::rc::Rc;

use crate::catalog::{Catalog, Entry};
use crate::caught::caught;
use crate::collect::Collected;
use crate::declaration::Declaration;
use crate::device::Hook;
use crate::evaluate::{Live, evaluate};
use crate::job::Job;
use crate::key::Key;
use crate::package::Package;
use crate::plan::{Device, Origin, Plan};
use crate::protocol::{Diagnostic, Mode};
use crate::values::{Inputs, Values};

/// The name of the key whose value is the target of a plan.
pub const TARGET: &str = "target";

/// The jobs of one program, under a name.
pub struct Unikernel {
    name: String,
    jobs: Vec<Job>,
    keys: Vec<Rc<Declaration>>,
    origin: Origin,
}

impl Unikernel {
    /// Describes the unikernel `name` that runs `jobs`. The name is one of a Rust package.
    #[track_caller]
    #[must_use]
    pub fn new(name: &str, jobs: impl IntoIterator<Item = Job>) -> Self {
        Self {
            name: name.to_owned(),
            jobs: jobs.into_iter().collect(),
            keys: Vec::new(),
            origin: Origin::caller(),
        }
    }

    /// Adds a key that is always live, such as the target: it may be given though nothing is wired
    /// to it.
    #[must_use]
    pub fn key<T>(mut self, key: &Key<T>) -> Self {
        self.keys.extend(key.reads().keys().iter().cloned());
        self
    }

    /// Evaluates the graph. It is only a computation: the same inputs give the same plan.
    ///
    /// In [`Mode::Explore`] all keys are found, and devices if what was given decides them; else
    /// there are none, and every key counts as live. Such a plan is not to be built.
    pub fn evaluate(&self, inputs: &Inputs) -> Result<Plan, Diagnostic> {
        Ok(self.run(inputs)?.0)
    }

    /// Evaluates the graph and lets its live devices prepare their files in `package`.
    pub fn prepare(&self, inputs: &Inputs, package: &mut Package) -> Result<Plan, Diagnostic> {
        let (mut plan, hooks) = self.run(inputs)?;
        for (device, hooks) in plan.devices.iter().zip(&hooks) {
            for hook in hooks {
                run_hook(hook, device, package)?;
            }
        }
        plan.files = package.files().map(|path| path.to_string_lossy().into_owned()).collect();
        Ok(plan)
    }

    fn run(&self, inputs: &Inputs) -> Result<(Plan, Vec<Vec<Hook>>), Diagnostic> {
        self.check_name()?;
        let catalog = Catalog::of(&Collected::of(&self.jobs, &self.keys)?)?;
        let values = Values::of(&catalog, inputs)?;
        let target = target(&catalog, &values);
        let live = match self.live(&values, &target) {
            Err(_) if inputs.mode == Mode::Explore => undecided(&catalog, &values),
            live => live?,
        };
        let plan = Plan {
            name: self.name.clone(),
            target,
            devices: live.devices,
            jobs: live.jobs,
            keys: catalog.keys().map(|entry| values.planned(entry)).collect(),
            decisions: live.decisions,
            modules: live.modules,
            files: Vec::new(),
        };
        Ok((plan, live.hooks))
    }

    fn live(&self, values: &Values, target: &str) -> Result<Live, Diagnostic> {
        for key in &self.keys {
            values.mark(key);
            if values.is_fixed(key) {
                values.require(key)?;
            }
        }
        evaluate(&self.jobs, values, target)
    }

    fn check_name(&self) -> Result<(), Diagnostic> {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let starts_well = self.name.starts_with(|letter: char| letter.is_ascii_alphabetic());
        if starts_well && self.name.bytes().all(is_word) {
            return Ok(());
        }
        Err(Diagnostic::new(format!("`{}` cannot name a unikernel", self.name))
            .at(&self.origin, "registered here")
            .help("use letters, digits, `-` and `_`, a letter first"))
    }
}

/// Takes every key for live where an error hides which are.
fn undecided(catalog: &Catalog, values: &Values) -> Live {
    catalog.keys().for_each(|entry| values.mark(&entry.declaration));
    Live::default()
}

fn target(catalog: &Catalog, values: &Values) -> String {
    let target = catalog.keys().find(|entry| entry.name() == TARGET);
    let texts = target.map(|Entry { declaration, .. }| values.texts(declaration));
    texts.and_then(|texts| texts.into_iter().next()).unwrap_or_default()
}

fn run_hook(hook: &Hook, device: &Device, package: &mut Package) -> Result<(), Diagnostic> {
    let what = format!("the code that prepares `{}`", device.name);
    caught(&what, (&device.origin, "of this device"), || hook(package))?.map_err(|error| {
        Diagnostic::new(format!("`{}` cannot be prepared: {error}", device.name))
            .at(&device.origin, "made here")
    })
}
