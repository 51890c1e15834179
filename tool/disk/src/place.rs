//! Which image, and which partition of it.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use sarab_kit::Problem;

/// An image as the command line names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file or block device.
    pub(crate) file: PathBuf,
    /// The partition.
    pub(crate) partition: Option<u32>,
}

impl Place {
    /// Reads `IMAGE`, `IMAGE:2` and `--partition 2`.
    pub(crate) fn of(matches: &ArgMatches) -> Result<Self, Problem> {
        let image = matches.get_one::<PathBuf>("image").cloned().unwrap_or_default();
        let place = Self::parse(&image);
        // Not every command has the option.
        let option = matches.try_get_one::<u32>("partition").ok().flatten().copied();
        match (place.partition, option) {
            (Some(one), Some(other)) if one != other => Err(Problem::new(format!(
                "`{}` is partition {one}, and `--partition` says {other}",
                image.display()
            ))
            .help("name one of them")
            .usage()),
            (one, other) => Ok(Self { partition: one.or(other), ..place }),
        }
    }

    /// Reads `IMAGE:2`, unless a file is called so.
    fn parse(image: &Path) -> Self {
        let whole = Self { file: image.to_owned(), partition: None };
        let Some((file, number)) = image.to_str().and_then(|image| image.rsplit_once(':')) else {
            return whole;
        };
        match number.parse() {
            Ok(number) if number > 0 && !file.is_empty() && !image.exists() => {
                Self { file: file.into(), partition: Some(number) }
            }
            _ => whole,
        }
    }

    /// Returns the same without the partition.
    pub(crate) fn whole(&self) -> Self {
        Self { partition: None, ..self.clone() }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.partition {
            Some(number) => write!(f, "{}:{number}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_behind_a_colon_is_a_partition() {
        for (image, file, partition) in [
            ("disk.img", "disk.img", None),
            ("disk.img:2", "disk.img", Some(2)),
            ("/dev/sda:12", "/dev/sda", Some(12)),
            ("disk:img", "disk:img", None),
            ("disk.img:0", "disk.img:0", None),
            (":2", ":2", None),
            ("a:1:2", "a:1", Some(2)),
        ] {
            assert_eq!(Place::parse(Path::new(image)), Place { file: file.into(), partition });
        }
    }

    #[test]
    fn a_file_that_is_called_so_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disk:2");
        std::fs::write(&file, "").unwrap();
        assert_eq!(Place::parse(&file), Place { file, partition: None });
    }
}
