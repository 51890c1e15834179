//! The script by which a machine takes its checks, as the [`transcript`](super::transcript) reads it.

use super::check::Check;

/// Goes before each line that a check says.
pub(super) const SAID: &str = "| ";
/// Goes before each line of the script itself.
pub(super) const MARK: &str = "lab: ";

/// Takes each check, one after the other.
pub(super) fn taking(checks: &[Check]) -> String {
    let mut script = TAKE.to_string();
    for (index, check) in checks.iter().enumerate() {
        script.extend([&format!("take {index} "), &*quoted(&check.command), "\n"]);
    }
    script
}

/// Starts `tender` in the background, and asks its guest until it answers, and then to end. The status is the
/// tender's.
pub(super) fn asking(tender: &str, ask: &str) -> String {
    ASKING.replace("TENDER", tender).replace("ASK", ask)
}

/// Quotes a text so that the shell takes it as one word.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A check is bounded, and what it says cannot be taken for what the script says.
const TAKE: &str = "take() {
    echo \"lab: begin $1\"
    timeout 120 sh -c \"$2\" >/tmp/said 2>&1
    status=$?
    sed 's/^/| /' /tmp/said
    printf '\\nlab: end %s %s\\n' $1 $status
}
";

const ASKING: &str = "TENDER &
for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    ASK && break
    kill -0 $! || break
    sleep 1
done
kill -TERM $!
wait $!";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_is_one_word() {
        assert_eq!(quoted("a 'b' c"), r"'a '\''b'\'' c'");
    }

    #[test]
    fn the_script_speaks_as_the_transcript_listens() {
        assert!(TAKE.contains(&format!("\"{MARK}begin")) && TAKE.contains(&format!("{MARK}end")));
        assert!(TAKE.contains(&format!("s/^/{SAID}/")));
    }
}
