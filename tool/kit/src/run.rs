//! Runs an image in place of the tool.

use std::{
    collections::BTreeSet, ffi::OsString, os::unix::process::CommandExt, path::PathBuf,
    process::Command,
};

use clap::ArgMatches;
use sarab_compose::plan::{Plan, Resource};

use crate::{
    cli::ATTACHMENTS,
    generate,
    image::Image,
    keys::Keys,
    project::Project,
    report::{Failure, Report},
};

/// Runs `image` with the attachments and boot keys of the command line; returns only if it cannot.
///
/// The process becomes the unikernel: it has the terminal, gets its signals and ends with its own
/// status, and nobody stands between.
pub(crate) fn exec(
    project: &Project,
    plan: &Plan,
    image: &Image,
    matches: &ArgMatches,
) -> Result<std::convert::Infallible, Failure> {
    let mut unikernel = Command::new(&image.file);
    unikernel.args(arguments(project, plan, matches));
    let error = unikernel.exec();
    Err(Report::error(format!("cannot run `{}`: {error}", image.file.display())).into())
}

/// Checks the attachments, before long work begins.
pub(crate) fn check(plan: &Plan, keys: &Keys, matches: &ArgMatches) -> Result<(), Failure> {
    for option in ATTACHMENTS {
        for value in values(matches, option) {
            match value.split_once('=') {
                Some((name, _)) => check_name(plan, option, name)?,
                None if keys.get(option).is_some() => {}
                None => {
                    let message = format!("`--{option} {value}` says no name to attach it as");
                    let name = match names(plan, option).as_slice() {
                        [name] => name,
                        _ => "NAME",
                    };
                    let help = format!("write `--{option} {name}={value}`");
                    return Err(Report::error(message).help(help).usage());
                }
            }
        }
    }
    Ok(())
}

fn check_name(plan: &Plan, option: &str, name: &str) -> Result<(), Failure> {
    let names = names(plan, option);
    if names.contains(&name) {
        return Ok(());
    }
    let what = if option == "net" { "network card" } else { option };
    let report = Report::error(format!("`{}` asks for no {what} `{name}`", plan.name));
    let help = match (sarab_key::closest(name, names.iter().copied()), names.as_slice()) {
        (Some(close), _) => format!("did you mean `{close}`?"),
        (None, []) => format!("it asks for no {what} at all"),
        (None, names) => format!("it asks for: {}", names.join(", ")),
    };
    Err(report.help(help).usage())
}

/// Returns the names that `option` can attach something as.
fn names<'a>(plan: &'a Plan, option: &str) -> Vec<&'a str> {
    let resources = plan.devices.iter().flat_map(|device| &device.resources);
    resources
        .filter_map(|resource| match resource {
            Resource::Network { name } if option == "net" => Some(name.as_str()),
            Resource::Disk { name, .. } if option == "disk" => Some(name.as_str()),
            Resource::Folder { name, .. } if option == "folder" => Some(name.as_str()),
            _ => None,
        })
        .collect()
}

/// Returns the arguments of the unikernel: what is attached, then its boot keys.
fn arguments(project: &Project, plan: &Plan, matches: &ArgMatches) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut attached = Vec::new();
    for option in ATTACHMENTS {
        for value in values(matches, option) {
            if let Some((name, _)) = value.split_once('=') {
                attached.push((option, name));
                arguments.extend([format!("--{option}").into(), value.into()]);
            }
        }
    }
    for (option, name, file) in defaults(project, plan) {
        if !attached.contains(&(option, name)) {
            let mut value = OsString::from(format!("{name}="));
            value.push(file);
            arguments.extend([format!("--{option}").into(), value]);
        }
    }
    for value in values(matches, "publish") {
        arguments.extend(["--publish".into(), value.into()]);
    }
    let boot = matches.get_many::<OsString>("boot").into_iter().flatten();
    arguments.extend(boot.cloned());
    arguments
}

/// Returns what is attached where nothing else is, wherever the tool runs: a file that a device
/// prepared is in the generated package, any other in the project's folder.
fn defaults<'a>(
    project: &Project,
    plan: &'a Plan,
) -> impl Iterator<Item = (&'static str, &'a str, PathBuf)> {
    let package = generate::folder(project, &plan.target);
    let place = move |file: &String| {
        if plan.files.contains(file) { package.join(file) } else { project.folder.join(file) }
    };
    let resources: BTreeSet<_> = plan.devices.iter().flat_map(|device| &device.resources).collect();
    resources.into_iter().filter_map(move |resource| match resource {
        Resource::Disk { name, default: Some(file) } => Some(("disk", name.as_str(), place(file))),
        Resource::Folder { name, default: Some(folder) } => {
            Some(("folder", name.as_str(), place(folder)))
        }
        _ => None,
    })
}

fn values<'a>(matches: &'a ArgMatches, option: &str) -> impl Iterator<Item = &'a str> {
    matches.get_many::<String>(option).into_iter().flatten().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use sarab_compose::plan::{Constructor, Device, Origin};

    use super::*;
    use crate::{cli, examples};

    fn plan() -> Plan {
        let disk = |name: &str, file: Option<&str>| Resource::Disk {
            name: name.into(),
            default: file.map(Into::into),
        };
        let device = Device {
            name: "any".into(),
            kind: "Any".into(),
            label: "any device".into(),
            constructor: Constructor::Make("any".into()),
            arguments: Vec::new(),
            after: Vec::new(),
            crates: Vec::new(),
            resources: vec![
                disk("data", Some("data.img")),
                disk("pages", Some("pages.tar")),
                disk("bare", None),
                Resource::Network { name: "service".into() },
            ],
            decisions: Vec::new(),
            origin: Origin { file: "config.rs".into(), line: 1, column: 1 },
        };
        Plan { devices: vec![device], files: vec!["pages.tar".into()], ..examples::plan() }
    }

    fn matches(line: &str) -> ArgMatches {
        let line = ["sarab", "run"].into_iter().chain(line.split_whitespace());
        let matches = cli::command(&examples::TOOL).get_matches_from(line);
        matches.subcommand_matches("run").unwrap().clone()
    }

    fn passed(line: &str) -> String {
        let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
        let words = arguments(&project, &plan(), &matches(line));
        let words = words.into_iter().map(|word| word.into_string().unwrap());
        let package = generate::folder(&project, "unix").display().to_string();
        let line = words.collect::<Vec<_>>().join(" ").replace(&package, "PACKAGE");
        line.replace(&project.folder.display().to_string(), "PROJECT")
    }

    #[test]
    fn what_is_not_attached_is_where_the_plan_says() {
        assert_eq!(
            passed("--net service=tap:tap0 --net socket -p 1:2 -- --port 9"),
            "--net service=tap:tap0 --disk data=PROJECT/data.img \
             --disk pages=PACKAGE/pages.tar --publish 1:2 --port 9"
        );
        assert_eq!(passed("--disk data=/a --disk pages=b"), "--disk data=/a --disk pages=b");
    }

    #[test]
    fn attachments_to_nothing_are_refused() {
        let checked = |line: &str| {
            let failure = check(&plan(), &Keys::default(), &matches(line)).unwrap_err();
            assert_eq!(failure.status, 64);
            let report = &failure.reports[0];
            format!("{}; {}", report.message, report.help.as_deref().unwrap_or_default())
        };
        assert_eq!(
            checked("--disk date=x"),
            "`site` asks for no disk `date`; did you mean `data`?"
        );
        assert_eq!(
            checked("--net inside=tap:a"),
            "`site` asks for no network card `inside`; it asks for: service"
        );
        assert_eq!(
            checked("--folder data=x"),
            "`site` asks for no folder `data`; it asks for no folder at all"
        );
        assert_eq!(
            checked("--net tap:a"),
            "`--net tap:a` says no name to attach it as; write `--net service=tap:a`"
        );
    }
}
