//! The command line (`machine/PVH.md`): words between spaces, and parts of words in double quotes.

use alloc::{string::String, vec::Vec};

/// The command line, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Environment variables: `NAME=VALUE`.
    pub variables: Vec<String>,
    /// Devices that the monitor says it has placed: `SIZE@ADDRESS:INTERRUPT`.
    pub devices: Vec<String>,
    /// Boot keys.
    pub keys: Vec<String>,
}

/// What goes before an environment variable.
const VARIABLE: &str = "env.";
/// Words of Linux that Firecracker adds, whoever is booted: how the bus is looked for, and the root file system.
const OF_LINUX: [&str; 3] = ["pci=off", "ro", "rw"];
const OF_LINUX_ROOT: &str = "root=";
/// What goes before a device (Linux, `Documentation/admin-guide/kernel-parameters.txt`).
const DEVICE: &str = "virtio_mmio.device=";

impl Words {
    /// Reads a command line.
    #[must_use]
    pub fn read(line: &str) -> Self {
        let mut words = Self::default();
        for Word { text, is_key } in split(line) {
            if is_key {
                words.keys.push(text);
            } else if let Some(device) = text.strip_prefix(DEVICE) {
                words.devices.push(device.into());
            } else if let Some(variable) = text.strip_prefix(VARIABLE)
                && words.keys.is_empty()
            {
                words.variables.push(variable.into());
            } else if !is_of_linux(&text) {
                words.keys.push(text);
            }
        }
        words
    }

    /// Returns the value of an environment variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.iter().find_map(|variable| variable.strip_prefix(name)?.strip_prefix('='))
    }
}

fn is_of_linux(word: &str) -> bool {
    OF_LINUX.contains(&word) || word.starts_with(OF_LINUX_ROOT)
}

/// A word of the line.
#[derive(Default)]
struct Word {
    text: String,
    /// Whether it begins with a quote, and so is a boot key whatever it looks like.
    is_key: bool,
}

/// Splits a line into words. A quote that is not closed ends with the line.
fn split(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Word> = None;
    let (mut is_quoted, mut letters) = (false, line.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                is_quoted = !is_quoted;
                word.get_or_insert_with(|| Word { is_key: true, ..Word::default() });
            }
            ' ' if !is_quoted => words.extend(word.take()),
            letter => {
                let text = &mut word.get_or_insert_default().text;
                let is_escape = is_quoted && letter == '\\';
                text.extend(if is_escape { letters.next() } else { Some(letter) });
            }
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_spaces_outside_of_quotes() {
        for (line, expected) in [
            ("", &[][..]),
            ("  a  b ", &["a", "b"]),
            (r#"--hello "two words" x"#, &["--hello", "two words", "x"]),
            (r#"--hello="two words""#, &["--hello=two words"]),
            (r#""" a"#, &["", "a"]),
            (r#""say \"salam\" and \\" \n"#, &[r#"say "salam" and \"#, r"\n"]),
            (r#"a "b c"#, &["a", "b c"]),
            ("\"\\", &[""]),
        ] {
            let words: Vec<_> = split(line).into_iter().map(|word| word.text).collect();
            assert_eq!(words, expected, "{line}");
        }
    }

    #[test]
    fn variables_come_first_and_devices_stand_anywhere() {
        let line = "env.PORT=80 --name env.x virtio_mmio.device=512@0xfeb00e00:12 y";
        let words = Words::read(line);
        assert_eq!(words.variable("PORT"), Some("80"));
        assert_eq!(words.variable("POR"), None);
        assert_eq!(words.devices, ["512@0xfeb00e00:12"]);
        assert_eq!(words.keys, ["--name", "env.x", "y"]);
    }

    #[test]
    fn what_firecracker_adds_for_linux_is_passed_over() {
        let words =
            Words::read("--port 80 pci=off root=/dev/vda ro virtio_mmio.device=4K@0xd0000000:5");
        assert_eq!(words.keys, ["--port", "80"]);
        assert_eq!(words.devices.len(), 1);
    }

    #[test]
    fn a_word_that_begins_with_a_quote_is_a_boot_key() {
        let words = Words::read(r#"env.A="b c" "env.x=1" "virtio_mmio.device=1@2:3""#);
        assert_eq!(words.variable("A"), Some("b c"));
        assert_eq!(words.keys, ["env.x=1", "virtio_mmio.device=1@2:3"]);
        assert!(words.devices.is_empty());
    }
}
