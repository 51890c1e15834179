//! Signatures: what a constructor or a job takes and makes, written as a Rust function type.

use sarab_key::Plain;

use crate::key::Key;
use crate::node::{Expression, Impl, Operand, Wire};

/// A kind of device. [`kinds!`](crate::kinds) declares one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no kind of device",
    label = "not declared by `kinds!`"
)]
pub trait Kind: 'static {
    /// Its name (`Net`).
    const NAME: &'static str;
}

/// What a parameter of a signature may be: a kind of device or a type of value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a kind of device nor a type of value",
    label = "cannot be wired",
    note = "`kinds!` declares a kind of device; a type of value implements `sarab_key::Value`"
)]
pub trait Parameter {
    /// What is wired to it: an [`Impl`] of the kind, or a [`Key`] of the type.
    type Wire: Into<Wire>;

    /// Returns how it is written (`Net`, `u16`).
    fn name() -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Plain> Parameter for T {
    type Wire = Key<T>;

    fn name() -> String {
        T::rust_type()
    }
}

impl Parameter for Expression {
    type Wire = Self;

    fn name() -> String {
        "Expression".into()
    }
}

/// A function type of up to eight [`Parameter`]s: `fn(Net, u16) -> Stack`.
///
/// The wires of one parameter are just its wire, those of several are a tuple, and none is `()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no signature",
    label = "not a function type of at most eight parameters",
    note = "a signature looks like `fn(Net, u16) -> Stack`; a string in it is `&'static str`"
)]
pub trait Signature {
    /// What it makes: a [`Kind`], or `()` for a job.
    type Made;
    /// What is wired to it.
    type Wires;

    /// Returns how its parameters are written.
    fn parameters() -> Vec<String>;

    /// Forgets the types of checked wires.
    fn untype(wires: Self::Wires) -> Vec<Wire>;
}

impl<R> Signature for fn() -> R {
    type Made = R;
    type Wires = ();

    fn parameters() -> Vec<String> {
        Vec::new()
    }

    fn untype((): ()) -> Vec<Wire> {
        Vec::new()
    }
}

impl<A: Parameter, R> Signature for fn(A) -> R {
    type Made = R;
    type Wires = A::Wire;

    fn parameters() -> Vec<String> {
        vec![A::name()]
    }

    fn untype(wire: A::Wire) -> Vec<Wire> {
        vec![wire.into()]
    }
}

macro_rules! signatures {
    ($($($parameter:ident $wire:ident),+;)+) => {
        $(impl<$($parameter: Parameter,)+ R> Signature for fn($($parameter),+) -> R {
            type Made = R;
            type Wires = ($($parameter::Wire,)+);

            fn parameters() -> Vec<String> {
                vec![$($parameter::name()),+]
            }

            fn untype(($($wire,)+): Self::Wires) -> Vec<Wire> {
                vec![$($wire.into()),+]
            }
        })+
    };
}

signatures! {
    A a, B b;
    A a, B b, C c;
    A a, B b, C c, D d;
    A a, B b, C c, D d, E e;
    A a, B b, C c, D d, E e, F f;
    A a, B b, C c, D d, E e, F f, G g;
    A a, B b, C c, D d, E e, F f, G g, H h;
}

impl<K: Kind> From<Impl<K>> for Wire {
    fn from(device: Impl<K>) -> Self {
        Wire(Operand::Device(device.node))
    }
}

impl<T: Plain> From<Key<T>> for Wire {
    fn from(key: Key<T>) -> Self {
        Wire(Operand::Value(key.into_term()))
    }
}

impl From<Expression> for Wire {
    fn from(expression: Expression) -> Self {
        Wire(Operand::Expression(expression.0))
    }
}
