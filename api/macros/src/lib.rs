//! The attribute that marks a job.
//!
//! ```
//! # use sarab_macros as sarab;
//! /// Greets.
//! #[sarab::job]
//! pub async fn start(
//!     /// Whom to greet.
//!     #[key(default = "world", env = "NAME")]
//!     name: String,
//! ) {
//!     println!("hello {name}");
//! }
//! ```
#![forbid(unsafe_code)]

mod function;
mod key;
mod owned;
mod strip;
mod token;

use proc_macro::TokenStream;

use crate::token::Token;

/// Marks an `async fn` as a job: a function that the program starts with.
///
/// The tool that configures the program reads the function from its source: the parameters say which
/// devices and keys it takes, their doc comments say what the keys mean, and `#[key(...)]` says the
/// rest. The compiler is given the function without what it does not know on a parameter, and with
/// `+ 'static` on each `impl Trait`: a job owns its devices, and may hand them to tasks.
///
/// | in `#[key(...)]` | means |
/// | --- | --- |
/// | `default = LITERAL` | the value where none is given |
/// | `env = "NAME"` | the environment variable that gives it |
/// | `name = "NAME"` | the name of the key, where it is not the parameter's |
/// | `doc = "TEXT"` | what it means, where there is no doc comment |
/// | `alias = "WORD"` | another word for it; one letter makes a short option |
/// | `required` | it must be given |
///
/// # Errors
///
/// Anything but an `async fn`, and a `#[key]` that is not as above, is a compile error at the place.
///
/// ```compile_fail
/// #[sarab_macros::job]
/// fn start() {} // not async
/// ```
///
/// ```compile_fail
/// #[sarab_macros::job]
/// async fn start(#[key(defualt = 80)] port: u16) {} // no such word
/// ```
#[proc_macro_attribute]
pub fn job(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let function = Token::read(item.clone());
    let problems = [function::arguments(&Token::read(arguments)), function::check(&function)];
    let mut output: TokenStream =
        problems.into_iter().flatten().map(token::Problem::into_tokens).collect();
    output.extend(strip::unused_async_is_fine());
    output.extend(strip::parameters(item));
    output
}
