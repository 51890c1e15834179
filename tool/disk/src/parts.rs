//! Partitions as the command line names them.

use sarab_disk::partition::{Guid, New, Type};
use sarab_kit::Problem;

use crate::size;

/// Types of partitions by name: in a GPT, and in an MBR.
const TYPES: [(&str, &str, u8); 4] = [
    ("linux", "0fc63daf-8483-4772-8e79-3d69d8477de4", 0x83),
    ("data", "ebd0a0a2-b9e5-4433-87c0-68b6b72699c7", 0x0c),
    ("efi", "c12a7328-f81f-11d2-ba4b-00a0c93ec93b", 0xef),
    ("swap", "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", 0x82),
];

/// The format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// With GUIDs.
    Gpt,
    /// With bytes.
    Mbr,
}

/// Reads `SIZE[:TYPE[:NAME]]`; `random` is a GUID for it.
pub(crate) fn parse(text: &str, format: Format, random: Guid) -> Result<New, Problem> {
    let mut words = text.splitn(3, ':');
    let size_bytes = match words.next().unwrap_or_default() {
        "rest" => None,
        size => Some(size::parse(size).map_err(|why| wrong(text, &why))?),
    };
    let kind = kind(words.next().unwrap_or("data"), format).map_err(|why| wrong(text, &why))?;
    let name = words.next().unwrap_or_default().to_owned();
    if format == Format::Mbr && !name.is_empty() {
        return Err(wrong(text, "partitions of an MBR have no names; make a gpt"));
    }
    let guid = (format == Format::Gpt).then_some(random);
    Ok(New { kind, size_bytes, name, guid })
}

fn wrong(text: &str, why: &str) -> Problem {
    let problem = Problem::new(format!("`--part` cannot be `{text}`: {why}"));
    problem.help("write `16M:efi:BOOT`, `1G`, or `rest:linux`").usage()
}

fn kind(word: &str, format: Format) -> Result<Type, String> {
    let known = TYPES.iter().find(|(name, ..)| *name == word);
    let kind = match format {
        Format::Gpt => {
            let text = known.map_or(word, |(_, guid, _)| guid);
            Guid::try_parse(text).ok().map(Type::Gpt)
        }
        Format::Mbr => {
            let byte = known.map(|(.., byte)| *byte);
            byte.or_else(|| u8::from_str_radix(word, 16).ok()).map(Type::Mbr)
        }
    };
    let names = TYPES.map(|(name, ..)| name).join(", ");
    kind.ok_or_else(|| format!("`{word}` is no type; there are: {names}"))
}

/// Returns what people call a type.
pub(crate) fn type_name(kind: Type) -> String {
    let is_it = |(_, guid, byte): &&(&str, &str, u8)| match kind {
        Type::Gpt(kind) => Guid::try_parse(guid) == Ok(kind),
        Type::Mbr(kind) => *byte == kind,
    };
    TYPES.iter().find(is_it).map_or_else(|| kind.to_string(), |(name, ..)| (*name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: Guid = Guid::from_bytes([7; 16]);

    #[test]
    fn a_partition_is_read_as_size_type_and_name() {
        let efi = parse("64M:efi:BOOT", Format::Gpt, RANDOM).unwrap();
        assert_eq!((efi.size_bytes, efi.name.as_str()), (Some(64 << 20), "BOOT"));
        assert_eq!(type_name(efi.kind), "efi");
        let rest = parse("rest", Format::Mbr, RANDOM).unwrap();
        assert_eq!((rest.size_bytes, rest.kind), (None, Type::Mbr(0x0c)));
        assert_eq!(parse("1M:a5", Format::Mbr, RANDOM).unwrap().kind, Type::Mbr(0xa5));
    }

    #[test]
    fn what_is_no_partition_is_refused() {
        for (text, format) in
            [("", Format::Gpt), ("1M:nothing", Format::Gpt), ("1M:data:x", Format::Mbr)]
        {
            assert!(parse(text, format, RANDOM).is_err(), "{text}");
        }
    }
}
