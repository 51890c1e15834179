//! Media types by the ending of a name (RFC 9110 §8.3).
//!
//! An own short list: what a web site is made of. The crates with the whole registry either need
//! the standard library or bring a thousand types that no folder of pages holds.

/// The type of bytes of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

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
    of_ending(lower)
}

/// Returns the type of an ending in lower case. Text is said to be UTF-8.
fn of_ending(ending: &[u8]) -> &'static str {
    match ending {
        b"7z" => "application/x-7z-compressed",
        b"aac" => "audio/aac",
        b"apng" => "image/apng",
        b"atom" => "application/atom+xml",
        b"avif" => "image/avif",
        b"bmp" => "image/bmp",
        b"css" => "text/css; charset=utf-8",
        b"csv" => "text/csv; charset=utf-8",
        b"flac" => "audio/flac",
        b"gif" => "image/gif",
        b"gz" => "application/gzip",
        b"htm" | b"html" => "text/html; charset=utf-8",
        b"ico" => "image/vnd.microsoft.icon",
        b"ics" => "text/calendar; charset=utf-8",
        b"jpeg" | b"jpg" => "image/jpeg",
        b"js" | b"mjs" => "text/javascript; charset=utf-8",
        b"json" | b"map" => "application/json",
        b"jsonld" => "application/ld+json",
        b"jxl" => "image/jxl",
        b"m4a" => "audio/mp4",
        b"md" => "text/markdown; charset=utf-8",
        b"mp3" => "audio/mpeg",
        b"mp4" => "video/mp4",
        b"mpeg" => "video/mpeg",
        b"oga" | b"ogg" | b"opus" => "audio/ogg",
        b"ogv" => "video/ogg",
        b"otf" => "font/otf",
        b"pdf" => "application/pdf",
        b"png" => "image/png",
        b"rss" => "application/rss+xml",
        b"rtf" => "application/rtf",
        b"svg" => "image/svg+xml",
        b"tar" => "application/x-tar",
        b"tif" | b"tiff" => "image/tiff",
        b"ttf" => "font/ttf",
        b"txt" => "text/plain; charset=utf-8",
        b"vtt" => "text/vtt; charset=utf-8",
        b"wasm" => "application/wasm",
        b"wav" => "audio/wav",
        b"webm" => "video/webm",
        b"webmanifest" => "application/manifest+json",
        b"webp" => "image/webp",
        b"woff" => "font/woff",
        b"woff2" => "font/woff2",
        b"xml" => "application/xml",
        b"zip" => "application/zip",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_their_last_ending() {
        for (name, media_type) in [
            ("index.HTML", "text/html; charset=utf-8"),
            ("a.tar.gz", "application/gzip"),
            ("folder.d/7.7z", "application/x-7z-compressed"),
            ("photo.JPG", "image/jpeg"),
            ("photo.jpeg", "image/jpeg"),
            ("site.webmanifest", "application/manifest+json"),
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
