//! An observer that does harm by a plan.

use alloc::vec::Vec;
use core::cell::{Cell, RefCell};

use super::{Harm, Observer, Operation, Outcome, Verb};

/// Harms operations by a plan that is the same in every run.
///
/// ```
/// use sarab_device::{ErrorKind, middleware::{Fault, Harm, Verb, When}};
///
/// // The third flush and all after it fail, and one frame in a hundred is lost.
/// let fault = Fault::new(42)
///     .on(Verb::Flush, When::From(3), Harm::Fail(ErrorKind::Failed))
///     .on(Verb::Send, When::Rate { per_million: 10_000 }, Harm::Lose);
/// ```
///
/// A [`Block`](crate::Block) whose flush fails must go on failing: harm flushes, and write-throughs
/// with them, by [`When::From`], unless a disk that breaks its promise is what is wanted.
#[derive(Debug)]
pub struct Fault {
    rules: RefCell<Vec<Rule>>,
    random: Cell<u64>,
    harmed: Cell<u64>,
}

#[derive(Debug)]
struct Rule {
    verb: Verb,
    when: When,
    harm: Harm,
    seen: u64,
}

/// Which operations of one verb are harmed; they are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// This one.
    Nth(u64),
    /// This one and all after it.
    From(u64),
    /// This one, and every further one as far behind.
    Every(u64),
    /// So many of a million, drawn from the seed. The bit of a [`Harm::Corrupt`] is drawn as well.
    Rate {
        /// How many of a million.
        per_million: u32,
    },
}

impl Fault {
    /// Makes a plan without harm; `seed` decides what rates draw.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { rules: RefCell::new(Vec::new()), random: Cell::new(seed), harmed: Cell::new(0) }
    }

    /// Adds a rule. Where several fit an operation, the first added decides.
    #[must_use]
    pub fn on(mut self, verb: Verb, when: When, harm: Harm) -> Self {
        self.rules.get_mut().push(Rule { verb, when, harm, seen: 0 });
        self
    }

    /// Ends all harm.
    pub fn heal(&self) {
        self.rules.borrow_mut().clear();
    }

    /// Returns how many operations were harmed so far.
    #[must_use]
    pub fn harmed(&self) -> u64 {
        self.harmed.get()
    }

    /// Draws the next number (`SplitMix64`: Steele, Lea, Flood, "Fast splittable pseudorandom number
    /// generators", 2014).
    fn draw(&self) -> u64 {
        let state = self.random.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.random.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn apply(&self, rule: &mut Rule) -> Option<Harm> {
        rule.seen += 1;
        match (rule.when, rule.harm) {
            (When::Nth(nth), harm) => (rule.seen == nth).then_some(harm),
            (When::From(first), harm) => (rule.seen >= first).then_some(harm),
            (When::Every(step), harm) => rule.seen.is_multiple_of(step).then_some(harm),
            (When::Rate { per_million }, harm) => {
                let is_hit = self.draw() % 1_000_000 < u64::from(per_million);
                let bit = self.draw();
                let drawn =
                    if let Harm::Corrupt { .. } = harm { Harm::Corrupt { bit } } else { harm };
                is_hit.then_some(drawn)
            }
        }
    }
}

impl Observer for Fault {
    fn before(&self, operation: &Operation<'_>) -> Option<Harm> {
        let mut rules = self.rules.borrow_mut();
        let fitting = rules.iter_mut().filter(|rule| rule.verb == operation.verb);
        // Every rule counts every operation, also where an earlier rule decides.
        let harm = fitting.fold(None, |harm: Option<Harm>, rule| {
            let own = self.apply(rule);
            harm.or(own)
        });
        self.harmed.set(self.harmed.get() + u64::from(harm.is_some()));
        harm
    }

    fn after(&self, _: &Operation<'_>, _: &Outcome<'_>) {}
}
