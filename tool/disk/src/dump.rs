//! Sectors as bytes and characters.

use std::fmt::Write;

use clap::ArgMatches;
use sarab_device::Block;
use sarab_kit::{Problem, Voice};
use serde_json::json;

use crate::{host::Access, stack, volume::fail};

/// Bytes in a line.
const LINE_BYTES: usize = 16;

/// Prints sectors.
pub(crate) async fn run(matches: &ArgMatches, voice: Voice) -> Result<(), Problem> {
    let (place, disk) = stack::open(matches, Access::Read, Some(voice)).await?;
    let number = |name| matches.get_one::<u64>(name).copied().unwrap_or_default();
    let (first, count) = (number("first"), number("count"));
    let sectors = u32::try_from(count)
        .map_err(|_| Problem::new(format!("{count} sectors are too many to print")).usage())?;
    let data = disk.read(first, sectors).await.map_err(|error| fail(&place, &error))?;
    let start = first * u64::from(disk.geometry().sector_bytes);
    let text = lines(start, &data);
    voice.result(
        &text,
        &json!({ "reason": "dumped", "first": first, "count": count, "text": text }),
    );
    Ok(())
}

/// Writes bytes in lines; of lines that are all alike the first, and a star.
fn lines(start: u64, data: &[u8]) -> String {
    let mut text = String::new();
    let (mut last, mut is_starred) = (None, false);
    for (index, line) in data.chunks(LINE_BYTES).enumerate() {
        if last == Some(line) && (index + 1) * LINE_BYTES < data.len() {
            if !is_starred {
                text += "*\n";
            }
            is_starred = true;
            continue;
        }
        (last, is_starred) = (Some(line), false);
        text += &self::line(start + (index * LINE_BYTES) as u64, line);
    }
    text
}

fn line(at: u64, bytes: &[u8]) -> String {
    let mut text = format!("{at:010x} ");
    for (index, byte) in bytes.iter().enumerate() {
        let gap = if index == LINE_BYTES / 2 { "  " } else { " " };
        // Writing to a string does not fail.
        let _ = write!(text, "{gap}{byte:02x}");
    }
    let shown =
        |byte: &u8| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '.' };
    let characters: String = bytes.iter().map(shown).collect();
    format!("{text}  |{characters}|\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_are_alike_are_one_and_a_star() {
        let mut data = vec![0; 128];
        data[..5].copy_from_slice(b"Sarab");
        let expected = "\
0000000200  53 61 72 61 62 00 00 00  00 00 00 00 00 00 00 00  |Sarab...........|
0000000210  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
*
0000000270  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|
";
        assert_eq!(lines(512, &data), expected);
    }
}
