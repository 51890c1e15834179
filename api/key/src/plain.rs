//! Plain arguments: values as jobs and constructors take them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::Value;

/// A type that a job or a constructor takes as a plain argument, beside devices.
///
/// Every [`Value`] is one, and so are `Option` and `Vec` of it: a key that may be missing and a key
/// that is a list. `&'static str` is one too, for names that are fixed when configuring.
pub trait Plain: Clone + 'static {
    /// Returns the type as a path that generated code can use.
    fn rust_type() -> String;

    /// Returns the value as an expression that generated code can use.
    fn expression(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Value> Plain for T {
    fn rust_type() -> String {
        T::RUST.into()
    }

    fn expression(&self) -> String {
        let text = self.render();
        match T::RUST {
            "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "f64"
            | "bool" => text,
            "String" => format!("String::from({text:?})"),
            path => format!("sarab_key::fixed::<{path}>({text:?})"),
        }
    }
}

impl<T: Value> Plain for Option<T> {
    fn rust_type() -> String {
        format!("Option<{}>", T::RUST)
    }

    fn expression(&self) -> String {
        match self {
            Some(value) => format!("Some({})", value.expression()),
            None => "None".to_string(),
        }
    }
}

impl<T: Value> Plain for Vec<T> {
    fn rust_type() -> String {
        format!("Vec<{}>", T::RUST)
    }

    fn expression(&self) -> String {
        let values: Vec<_> = self.iter().map(Plain::expression).collect();
        if values.is_empty() { "Vec::new()".into() } else { format!("vec![{}]", values.join(", ")) }
    }
}

impl Plain for &'static str {
    fn rust_type() -> String {
        "&'static str".into()
    }

    fn expression(&self) -> String {
        format!("{self:?}")
    }
}

/// Reads a value that was rendered when configuring.
///
/// # Panics
/// When `text` is not what [`render`](Value::render) wrote; generated code has it from there.
#[must_use]
pub fn fixed<T: Value>(text: &str) -> T {
    match T::parse(text) {
        Ok(value) => value,
        Err(wrong) => panic!("{text:?} was fixed when configuring: {wrong}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;

    #[test]
    fn plain_values_are_written_as_rust() {
        assert_eq!(8080_u16.expression(), "8080");
        assert_eq!((-0.5_f64).expression(), "-0.5");
        assert_eq!(String::from("a \"b\"").expression(), r#"String::from("a \"b\"")"#);
        assert_eq!("data".expression(), r#""data""#);
        assert_eq!(Some(true).expression(), "Some(true)");
        assert_eq!(None::<u16>.expression(), "None");
        assert_eq!([1_u8, 2].to_vec().expression(), "vec![1, 2]");
        assert_eq!(Vec::<u8>::new().expression(), "Vec::new()");
        let size = Size::parse("64MiB").unwrap();
        assert_eq!(size.expression(), r#"sarab_key::fixed::<sarab_key::Size>("64MiB")"#);
        assert_eq!(fixed::<Size>("64MiB"), size);
    }
}
