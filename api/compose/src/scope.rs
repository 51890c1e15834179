//! What surrounds the words of `config.rs` while it runs: the group, and how deep calls are nested.

use std::cell::{Cell, RefCell};

use crate::plan::Origin;
use crate::protocol::Diagnostic;
use crate::register::reject;

/// How deep a graph may be, and how deep calls may be nested. What is deeper never ends.
pub(crate) const DEPTH_MAX: usize = 256;

thread_local! {
    static GROUPS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Makes every key declared within `build` a key of the group `name`.
///
/// A library's combinator needs to know nothing of it: in `group("in", || stack("inside"))` the key
/// `ipv4` of the stack becomes `in-ipv4`, its variable `IPV4` becomes `IN_IPV4`. Groups nest, the
/// outer name first.
#[track_caller]
pub fn group<R>(name: &str, build: impl FnOnce() -> R) -> R {
    let _group = Group::enter(name);
    build()
}

/// Returns the group of a key declared now in its own group `own`.
pub(crate) fn group_of(own: Option<&str>) -> Option<String> {
    let name = GROUPS.with_borrow(|groups| {
        groups.iter().map(String::as_str).chain(own).collect::<Vec<_>>().join("-")
    });
    (!name.is_empty()).then_some(name)
}

/// A [`group`] that lasts until this is dropped.
///
/// It is for a combinator that is `#[track_caller]`: what is declared in a closure would have the
/// closure for its place.
#[must_use = "the group ends when this is dropped"]
#[derive(Debug)]
pub struct Group {
    _nested: Nested,
}

impl Group {
    /// Begins the group `name`, within those that last already.
    #[track_caller]
    pub fn enter(name: &str) -> Self {
        let nested = Nested::enter(name);
        GROUPS.with_borrow_mut(|groups| groups.push(name.to_owned()));
        Self { _nested: nested }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        GROUPS.with_borrow_mut(Vec::pop);
    }
}

/// A word whose arguments are still being built; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Nested;

impl Nested {
    /// Enters `word`; rejects one that is nested so deep that a combinator must be calling itself
    /// without an end.
    #[track_caller]
    pub(crate) fn enter(word: &str) -> Self {
        let depth = DEPTH.get() + 1;
        if depth > DEPTH_MAX {
            reject(
                Diagnostic::new("a combinator calls itself without an end")
                    .at(&Origin::caller(), format!("`{word}` is {DEPTH_MAX} deep in itself here"))
                    .help("give it a case in which it does not call itself"),
            );
        }
        DEPTH.set(depth);
        Self
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
    }
}
