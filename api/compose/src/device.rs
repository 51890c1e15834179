//! Devices: constructors, declared by their signature.

use std::error::Error;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::node::{Impl, Node, Shape};
use crate::package::Package;
use crate::plan::{Constructor, Crate, Origin, Resource};
use crate::scope::Nested;
use crate::signature::{Kind, Signature};

/// What runs for a live device when a package is written.
pub(crate) type Hook = Rc<dyn Fn(&mut Package) -> Prepared>;

/// What a [hook](Device::prepare) returns: nothing, or any error.
pub type Prepared = Result<(), Box<dyn Error>>;

/// A constructor that is being declared; [`of`](Device::of) applies it.
#[must_use = "a constructor makes no device until `of` applies it"]
pub struct Device<S> {
    recipe: Recipe,
    origin: Origin,
    signature: PhantomData<fn() -> S>,
    _nested: Nested,
}

/// All that is said about a device, but for its arguments.
#[derive(Clone)]
pub(crate) struct Recipe {
    pub(crate) constructor: Constructor,
    pub(crate) name: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) crates: Vec<Crate>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) modules: Vec<String>,
    pub(crate) after: Vec<Rc<Node>>,
    pub(crate) hooks: Vec<Hook>,
}

/// Declares the function at `path`, of signature `S`, as a constructor.
///
/// `path` is as the generated program writes it (`sarab_stack::Stack::start`). The function is
/// async and returns a `Result`, unless [`make`](Device::make) or [`method`](Device::method) says
/// otherwise.
///
/// This place stands for the device in messages. A function of a library that declares one is best
/// `#[track_caller]`, so that it is the user's place.
#[track_caller]
pub fn device<S>(path: &str) -> Device<S>
where
    S: Signature,
    S::Made: Kind,
{
    Device {
        recipe: Recipe {
            constructor: Constructor::Open(path.to_owned()),
            name: None,
            label: None,
            crates: Vec::new(),
            resources: Vec::new(),
            modules: Vec::new(),
            after: Vec::new(),
            hooks: Vec::new(),
        },
        origin: Origin::caller(),
        signature: PhantomData,
        _nested: Nested::enter(path),
    }
}

impl<S> Device<S>
where
    S: Signature,
    S::Made: Kind,
{
    /// Says that the function waits for nothing and cannot fail.
    pub fn make(mut self) -> Self {
        self.recipe.constructor = Constructor::Make(self.path());
        self
    }

    /// Says that the path is the name of a method of the first argument, which waits for nothing
    /// and cannot fail.
    pub fn method(mut self) -> Self {
        self.recipe.constructor = Constructor::Method(self.path());
        self
    }

    /// Names the device. Devices of different names are never shared.
    ///
    /// Without a name it is called after what uses it (`service_net`).
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.recipe.name = Some(name.into());
        self
    }

    /// Says in a few words what the device is (`TCP/IP stack`).
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.recipe.label = Some(label.into());
        self
    }

    /// Makes the generated package depend on `needed`: mostly
    /// [`crate_here!()`](crate::crate_here).
    pub fn needs(mut self, needed: Crate) -> Self {
        self.recipe.crates.push(needed);
        self
    }

    /// Switches a feature of the crate that was [needed](Device::needs) last on.
    ///
    /// # Panics
    /// When none was.
    #[track_caller]
    pub fn feature(mut self, name: impl Into<String>) -> Self {
        let needed = self.recipe.crates.last_mut().expect("`feature` comes after `needs`");
        needed.features.push(name.into());
        self
    }

    /// Asks the host for `resource`, once however often the device is used.
    pub fn asks(mut self, resource: Resource) -> Self {
        self.recipe.resources.push(resource);
        self
    }

    /// Makes the generated `main.rs` declare the module `name`; a [hook](Device::prepare) writes
    /// its file.
    pub fn module(mut self, name: impl Into<String>) -> Self {
        self.recipe.modules.push(name.into());
        self
    }

    /// Has `other` made first although it is not given to the constructor.
    pub fn after<K: Kind>(mut self, other: &Impl<K>) -> Self {
        self.recipe.after.push(Rc::clone(&other.node));
        self
    }

    /// Runs `hook` when the package is written, if the device is live, and once for all equal
    /// devices.
    ///
    /// Equal devices are taken to have equal hooks: what a hook does must follow from the
    /// constructor, the name and the arguments.
    pub fn prepare<F>(mut self, hook: F) -> Self
    where
        F: Fn(&mut Package) -> Prepared + 'static,
    {
        self.recipe.hooks.push(Rc::new(hook));
        self
    }

    /// Applies the constructor to `wires`: nothing, one wire, or a tuple of them.
    pub fn of(self, wires: S::Wires) -> Impl<S::Made> {
        let arguments = S::untype(wires);
        Impl::new(Shape::Device { recipe: self.recipe, arguments }, self.origin)
    }

    fn path(&self) -> String {
        self.recipe.constructor.path().to_owned()
    }
}

impl Constructor {
    /// Returns the path, or the name of the method.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Open(path) | Self::Make(path) | Self::Method(path) => path,
        }
    }
}

/// Names the crate that it stands in, for [`Device::needs`].
#[macro_export]
macro_rules! crate_here {
    () => {
        $crate::plan::Crate {
            name: ::core::env!("CARGO_PKG_NAME").into(),
            version: ::core::env!("CARGO_PKG_VERSION").into(),
            folder: ::core::env!("CARGO_MANIFEST_DIR").into(),
            features: $crate::expansion::Vec::new(),
            default_features: true,
        }
    };
}
