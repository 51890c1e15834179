//! Media types by the ending of a name (RFC 9110 §8.3).
//!
//! An own short list: what a web site is made of. The crates with the whole registry either need
//! the standard library or bring a thousand types that no folder of pages holds.

/// The type of bytes of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

/// Endings and their types, sorted by ending. Text is said to be UTF-8.
const TYPES: [(&str, &str); 54] = [
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("apng", "image/apng"),
    ("atom", "application/atom+xml"),
    ("avif", "image/avif"),
    ("bin", "application/octet-stream"),
    ("bmp", "image/bmp"),
    ("css", "text/css; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/vnd.microsoft.icon"),
    ("ics", "text/calendar; charset=utf-8"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("jsonld", "application/ld+json"),
    ("jxl", "image/jxl"),
    ("m4a", "audio/mp4"),
    ("map", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("mpeg", "video/mpeg"),
    ("oga", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("ogv", "video/ogg"),
    ("opus", "audio/ogg"),
    ("otf", "font/otf"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("rss", "application/rss+xml"),
    ("rtf", "application/rtf"),
    ("svg", "image/svg+xml"),
    ("tar", "application/x-tar"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("ttf", "font/ttf"),
    ("txt", "text/plain; charset=utf-8"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// Bytes in the longest ending.
const ENDING_BYTES_MAX: usize = 11;

/// Returns the media type that a name like `css/site.css` stands for, by its ending in any case.
pub(crate) fn of_name(name: &str) -> &'static str {
    let name = name.as_bytes();
    let start = name.iter().rposition(|byte| matches!(byte, b'.' | b'/'));
    let Some((b'.', ending)) = start.and_then(|start| name[start..].split_first()) else {
        return UNKNOWN;
    };
    let mut buffer = [0; ENDING_BYTES_MAX];
    let Some(lower) = buffer.get_mut(..ending.len()) else { return UNKNOWN };
    lower.copy_from_slice(ending);
    lower.make_ascii_lowercase();
    match TYPES.binary_search_by(|(known, _)| known.as_bytes().cmp(lower)) {
        Ok(index) => TYPES[index].1,
        Err(_) => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_is_found_and_fits() {
        assert!(TYPES.is_sorted());
        for (ending, media_type) in TYPES {
            assert!(ending.len() <= ENDING_BYTES_MAX, "{ending}");
            assert_eq!(of_name(&alloc::format!("folder.d/name.{ending}")), media_type);
        }
    }

    #[test]
    fn names_stand_for_their_last_ending() {
        for (name, media_type) in [
            ("index.HTML", "text/html; charset=utf-8"),
            ("a.tar.gz", "application/gzip"),
            ("README", UNKNOWN),
            ("a.css/README", UNKNOWN),
            ("a.b/css", UNKNOWN),
            ("a.", UNKNOWN),
            ("a.averylongending", UNKNOWN),
            ("a.\u{fc}", UNKNOWN),
            ("", UNKNOWN),
        ] {
            assert_eq!(of_name(name), media_type, "{name}");
        }
    }
}
