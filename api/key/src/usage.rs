//! Why a command line gives no values.

use alloc::string::String;
use core::fmt;

use crate::Wrong;

/// Why [`parse`](crate::parse) gives no values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// `--help` was given: show [`Help`](crate::Help), and end well.
    Help,
    /// The words, or a value from elsewhere, are wrong.
    Error(UsageError),
}

/// What is wrong with a command line.
///
/// `key` is always as it was or should be written, with its dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageError {
    /// There is no such key.
    UnknownKey {
        /// What was written.
        key: String,
        /// What was probably meant.
        closest: Option<String>,
    },
    /// A required key was not given.
    MissingKey {
        /// The key.
        key: String,
        /// What stands for its value.
        value_name: String,
    },
    /// A key stands without a value.
    MissingValue {
        /// The key.
        key: String,
        /// What stands for its value.
        value_name: String,
    },
    /// A key that takes no value was given one.
    UnwantedValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
    },
    /// A value is not of the key's type.
    WrongValue {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// The environment variable it came from, if it did.
        variable: Option<String>,
        /// What was expected.
        wrong: Wrong,
    },
    /// A key that has one value was given twice.
    Twice {
        /// The key.
        key: String,
    },
    /// A word belongs to no key.
    UnexpectedWord {
        /// The word.
        word: String,
    },
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Help => f.write_str("help was asked for"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey { key, closest: None } => write!(f, "unknown key {key}"),
            Self::UnknownKey { key, closest: Some(closest) } => {
                write!(f, "unknown key {key}, did you mean {closest}?")
            }
            Self::MissingKey { key, value_name } => {
                write!(f, "missing key {key}: give it as {key}={value_name}")
            }
            Self::MissingValue { key, value_name } => {
                write!(f, "missing value for {key}: give it as {key}={value_name}")
            }
            Self::UnwantedValue { key, value } => {
                write!(f, "unwanted value {value:?}: {key} takes none")
            }
            Self::WrongValue { key, value, variable: None, wrong } => {
                write!(f, "wrong value {value:?} for {key}: {wrong}")
            }
            Self::WrongValue { key, value, variable: Some(variable), wrong } => {
                write!(f, "wrong value {value:?} for {key} (from {variable}): {wrong}")
            }
            Self::Twice { key } => write!(f, "{key} is given twice, but has one value"),
            Self::UnexpectedWord { word } => {
                write!(f, "unexpected word {word:?}: a key starts with two dashes")
            }
        }
    }
}

impl core::error::Error for Usage {}

impl core::error::Error for UsageError {}

impl From<UsageError> for Usage {
    fn from(error: UsageError) -> Self {
        Self::Error(error)
    }
}
