//! The command line of `disk`.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, ValueHint, value_parser};

use crate::size;

/// Returns the command `disk` with all that belongs to it.
pub(crate) fn command() -> Command {
    Command::new("disk")
        .about("Makes disk images and looks into them: partitions, FAT, stores, encryption")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(making())
        .subcommands(whole())
        .subcommands(files())
        .subcommands([snapshot(), passphrase()])
        .after_help(
            "IMAGE is a file or a block device, and IMAGE:2 its second partition.\n\n\
             Examples:\n  \
             sarab disk create data.img 64M            makes an empty image, which takes no room yet\n  \
             sarab disk format data.img fat32          makes a file system on it\n  \
             sarab disk put data.img htdocs            copies a file or folder into it\n  \
             sarab disk ls data.img htdocs             shows what is in a folder\n  \
             sarab disk info data.img                  tells what is on it",
        )
}

fn making() -> [Command; 2] {
    let create = Command::new("create")
        .about("Makes an empty image, which takes no room until it is written")
        .args([image(), force("Replaces a file that is there")])
        .arg(
            Arg::new("size")
                .value_name("SIZE")
                .required(true)
                .value_parser(size::parse)
                .help("Its size: 64M, 1G, 1500K; powers of 1024, unless as 64MB"),
        );
    let format = Command::new("format")
        .about("Makes an image empty of one kind; what was on it is lost")
        .args([image(), partition(), passphrase_file()])
        .arg(
            Arg::new("kind")
                .value_name("KIND")
                .required(true)
                .value_parser(["fat", "fat12", "fat16", "fat32", "tree", "gpt", "mbr", "encrypted"])
                .help("What to make of it; fat chooses the width by the size, tree is a crash-safe store"),
        )
        .arg(
            Arg::new("label").long("label").value_name("NAME").help("Name of a FAT volume or of a store"),
        )
        .arg(
            Arg::new("part")
                .long("part")
                .value_name("SIZE[:TYPE[:NAME]]")
                .action(ArgAction::Append)
                .help("A partition of a table: `16M:efi:BOOT`, or `rest` for what is left"),
        )
        .arg(force("Formats over what is there"))
        .after_help(
            "Types of partitions: linux, data, efi, swap, or the GUID or hexadecimal byte of any.\n\n\
             Examples:\n  \
             sarab disk format data.img fat32 --label DATA\n  \
             sarab disk format disk.img gpt --part 64M:efi --part rest:linux:root\n  \
             sarab disk format disk.img:2 encrypted --passphrase-file secret",
        );
    [create, format]
}

/// Commands on an image as a whole.
fn whole() -> [Command; 4] {
    [
        on_image("info", "Tells what is on an image"),
        on_image("check", "Looks for what is wrong").arg(
            Arg::new("repair")
                .long("repair")
                .action(ArgAction::SetTrue)
                .help("Puts right what can be put right"),
        ),
        on_image("scrub", "Reads all of an image, to find what cannot be read"),
        on_image("dump", "Prints sectors as bytes and characters")
            .arg(number("first", "SECTOR", "The first sector").default_value("0"))
            .arg(number("count", "COUNT", "How many").default_value("1")),
    ]
}

/// Commands on the files in an image.
fn files() -> [Command; 6] {
    let destination = "Where to; its own name in the current folder without one";
    [
        on_image("ls", "Shows what is in a folder")
            .arg(path("Folder; the root without one").default_value("/")),
        on_image("cat", "Prints a file").arg(path("File").required(true)),
        on_image("put", "Copies a file or folder of the host into an image")
            .arg(host_path("source", "File or folder to copy").required(true))
            .arg(path("Where to; its own name in the root without one"))
            .arg(force("Replaces files that are there, each once the new one is whole")),
        on_image("get", "Copies a file or folder out of an image")
            .arg(path("File or folder to copy").required(true))
            .arg(host_path("destination", destination))
            .arg(force("Replaces files that are there")),
        on_image("mkdir", "Makes a folder, and those above it").arg(path("Folder").required(true)),
        on_image("rm", "Removes a file or an empty folder")
            .arg(path("File or folder").required(true))
            .arg(
                Arg::new("recursive")
                    .short('r')
                    .long("recursive")
                    .action(ArgAction::SetTrue)
                    .help("Removes a folder with all that is in it"),
            ),
    ]
}

fn snapshot() -> Command {
    let name =
        |help: &'static str| Arg::new("name").value_name("SNAPSHOT").required(true).help(help);
    Command::new("snapshot")
        .about("Keeps the state of a store under a name, and compares such states")
        .subcommand_required(true)
        .subcommands([
            on_image("ls", "Shows the snapshots"),
            on_image("create", "Keeps the state that there is now").arg(name("Its name")),
            on_image("rm", "Removes a snapshot").arg(name("Its name")),
            on_image("diff", "Shows what has changed since a snapshot: + new, - gone, ~ changed")
                .arg(name("The older state"))
                .arg(
                    Arg::new("other").value_name("OTHER").help("A later snapshot; now without one"),
                ),
        ])
}

fn passphrase() -> Command {
    Command::new("passphrase")
        .about("Adds a passphrase to an encrypted image, or removes one")
        .subcommand_required(true)
        .subcommand(
            Command::new("add")
                .about("Adds a passphrase, by one that it has")
                .args([image(), partition(), passphrase_file().required(true)])
                .arg(file("new-file", "File whose first line is the new passphrase")),
        )
        .subcommand(Command::new("rm").about("Removes a passphrase").args([
            image(),
            partition(),
            passphrase_file().required(true),
        ]))
}

/// Returns a command on what an image holds.
fn on_image(name: &'static str, about: &'static str) -> Command {
    Command::new(name).about(about).args([image(), partition(), passphrase_file()])
}

fn image() -> Arg {
    Arg::new("image")
        .value_name("IMAGE")
        .required(true)
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help("Image or block device; IMAGE:2 is its second partition")
}

fn partition() -> Arg {
    Arg::new("partition")
        .long("partition")
        .value_name("NUMBER")
        .value_parser(value_parser!(u32).range(1..))
        .help("Partition of the image, counted from 1")
}

fn passphrase_file() -> Arg {
    file("passphrase-file", "File whose first line opens an encrypted image; - is standard input")
}

fn file(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::FilePath)
        .help(help)
}

fn host_path(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .value_name(name.to_uppercase())
        .value_parser(value_parser!(PathBuf))
        .value_hint(ValueHint::AnyPath)
        .help(help)
}

fn path(help: &'static str) -> Arg {
    Arg::new("path").value_name("PATH").help(help)
}

fn number(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).value_parser(value_parser!(u64)).help(help)
}

fn force(help: &'static str) -> Arg {
    Arg::new("force").short('f').long("force").action(ArgAction::SetTrue).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        command().debug_assert();
    }
}
