//! Runs an image in place of the tool.

use std::{
    collections::BTreeSet, ffi::OsString, os::unix::process::CommandExt, path::PathBuf,
    process::Command,
};

use clap::{ArgMatches, parser::ValueSource};
use sarab_compose::plan::{Plan, Resource};
use sarab_key::Size;

use crate::{
    cli::{ATTACHMENTS, OF_RUNNERS},
    generate,
    image::Image,
    keys::Keys,
    project::Project,
    report::{Failure, Report},
    runner::Ready,
    tool::{Target, Tool},
};

/// Runs `image` with the attachments and boot keys of the command line; returns only if it cannot.
///
/// The process becomes the unikernel: it has the terminal, gets its signals and ends with its own
/// status, and nobody stands between.
pub(crate) fn exec(
    project: &Project,
    plan: &Plan,
    image: &Image,
    runner: Option<Ready>,
    matches: &ArgMatches,
) -> Result<std::convert::Infallible, Failure> {
    let (program, words) = line(project, plan, image, runner, matches);
    let error = Command::new(&program).args(words).exec();
    Err(Report::error(format!("cannot run `{}`: {error}", program.display())).into())
}

/// Returns the program to run and its words.
fn line(
    project: &Project,
    plan: &Plan,
    image: &Image,
    runner: Option<Ready>,
    matches: &ArgMatches,
) -> (PathBuf, Vec<OsString>) {
    let attached = attached(project, plan, matches);
    let boot = matches.get_many::<OsString>("boot").into_iter().flatten().cloned();
    let image = image.file.clone();
    match runner {
        None => (image, attached.into_iter().chain(boot).collect()),
        Some(Ready { file, mut words }) => {
            words.extend(options(matches).into_iter().chain(variables(plan)).chain(attached));
            words.push(image.into());
            words.extend(boot);
            (file, words)
        }
    }
}

/// Returns the options that are for the runner itself.
fn options(matches: &ArgMatches) -> Vec<OsString> {
    let mut words = Vec::new();
    if let Some(size) = matches.get_one::<Size>("memory") {
        words.extend(["--memory".into(), size.bytes().to_string().into()]);
    }
    if let Some(machine) = matches.get_one::<String>("machine") {
        words.extend(["--machine".into(), machine.into()]);
    }
    if matches.get_flag("debug") {
        words.push("--debug".into());
    }
    words
}

/// Names the environment variables that boot keys may be given by. Whoever runs the image for us hands on
/// these and no others.
fn variables(plan: &Plan) -> Vec<OsString> {
    let keys = plan.keys.iter().filter(|key| key.is_live);
    let variables = keys.filter_map(|key| key.environment.as_ref());
    variables.flat_map(|name| ["--env".into(), name.into()]).collect()
}

/// Refuses options that the target cannot honour.
pub(crate) fn check_options(
    tool: &Tool,
    target: &Target,
    matches: &ArgMatches,
) -> Result<(), Failure> {
    let honours = |target: &Target, option| {
        target.runner.as_ref().is_some_and(|runner| runner.options.contains(&option))
    };
    let is_given = |option: &&str| matches.value_source(option) == Some(ValueSource::CommandLine);
    for option in OF_RUNNERS.into_iter().filter(is_given) {
        if !honours(target, option) {
            let others = tool.targets.iter().filter(|target| honours(target, option));
            let names: Vec<_> = others.map(|target| target.name).collect();
            let message =
                format!("`--{option}` is nothing that the target `{}` can do", target.name);
            let help = match names.as_slice() {
                [] => "no target can".into(),
                names => format!("the targets that can are: {}", names.join(", ")),
            };
            return Err(Report::error(message).help(help).usage());
        }
    }
    Ok(())
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

/// The backend of a network card where only its device is named.
const BACKEND: &str = "tap";

/// Returns what is attached as `option`, in its long form: `service=tap0` is `service=tap:tap0`.
fn long(option: &str, value: &str) -> OsString {
    match value.split_once('=') {
        Some((name, device)) if option == "net" && !device.is_empty() && !device.contains(':') => {
            format!("{name}={BACKEND}:{device}").into()
        }
        _ => value.into(),
    }
}

/// Returns the options that say what is attached.
fn attached(project: &Project, plan: &Plan, matches: &ArgMatches) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let mut attached = Vec::new();
    for option in ATTACHMENTS {
        for value in values(matches, option) {
            if let Some((name, _)) = value.split_once('=') {
                attached.push((option, name));
                arguments.extend([format!("--{option}").into(), long(option, value)]);
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
    arguments
}

/// Returns what is attached where nothing else is, wherever the tool runs.
fn defaults<'a>(
    project: &'a Project,
    plan: &'a Plan,
) -> impl Iterator<Item = (&'static str, &'a str, PathBuf)> {
    let place = move |file: &String| generate::place(project, plan, file);
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
    use super::*;
    use crate::{
        cli,
        examples::{self, plan_with_resources},
    };

    fn matches(line: &str) -> ArgMatches {
        let line = ["sarab", "run"].into_iter().chain(line.split_whitespace());
        let matches = cli::command(&examples::TOOL).get_matches_from(line);
        matches.subcommand_matches("run").unwrap().clone()
    }

    fn called(words: &str, runner: Option<Ready>) -> String {
        let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
        let image = Image { file: "IMAGE".into(), size_bytes: 0, loaded_bytes: None };
        let (program, words) =
            line(&project, &plan_with_resources(), &image, runner, &matches(words));
        let words = words.into_iter().map(|word| word.into_string().unwrap());
        let words: Vec<_> = [program.display().to_string()].into_iter().chain(words).collect();
        let package = generate::folder(&project, "unix").display().to_string();
        let line = words.join(" ").replace(&package, "PACKAGE");
        line.replace(&project.folder.display().to_string(), "PROJECT")
    }

    #[test]
    fn what_is_not_attached_is_where_the_plan_says() {
        assert_eq!(
            called("--net service=tap:tap0 --net socket -p 1:2 -- --port 9", None),
            "IMAGE --net service=tap:tap0 --disk data=PROJECT/data.img \
             --disk pages=PACKAGE/pages.tar --publish 1:2 --port 9"
        );
        let line = "--disk data=/a --disk pages=b";
        assert_eq!(called(line, None), format!("IMAGE {line}"));
    }

    #[test]
    fn a_runner_is_given_its_helpers_and_options_then_the_image_and_its_keys() {
        let words = vec!["--tender".into(), "/b/spt".into()];
        let runner = Some(Ready { file: "/b/host".into(), words });
        assert_eq!(
            called("--memory 1MiB --debug --disk data=/a --disk pages=b -- --port 9", runner),
            "/b/host --tender /b/spt --memory 1048576 --debug --disk data=/a --disk pages=b \
             IMAGE --port 9"
        );
    }

    #[test]
    fn a_card_may_be_attached_by_the_name_of_its_device() {
        for (option, value, passed) in [
            ("net", "service=tap0", "service=tap:tap0"),
            ("net", "service=vde:x", "service=vde:x"),
            ("net", "service=", "service="),
            ("disk", "data=a", "data=a"),
        ] {
            assert_eq!(long(option, value), passed);
        }
    }

    #[test]
    fn options_that_a_target_cannot_honour_are_refused_with_those_that_can() {
        let tool = &examples::TOOL;
        let checked = |target: &str, line: &str| {
            let target = tool.targets.iter().find(|each| each.name == target).unwrap();
            check_options(tool, target, &matches(line)).map_err(|failure| {
                let report = &failure.reports[0];
                format!("{}; {}", report.message, report.help.as_deref().unwrap_or_default())
            })
        };
        assert_eq!(checked("unix", "--disk data=/a -p 1:2"), Ok(()));
        assert_eq!(checked("moon", "--memory 1MiB"), Ok(()));
        let can = "; the targets that can are: moon";
        let message = format!("`--memory` is nothing that the target `unix` can do{can}");
        assert_eq!(checked("unix", "--memory 1MiB"), Err(message));
        let message = "`--debug` is nothing that the target `moon` can do; no target can";
        assert_eq!(checked("moon", "--debug"), Err(message.into()));
    }

    #[test]
    fn attachments_to_nothing_are_refused() {
        let checked = |line: &str| {
            let failure =
                check(&plan_with_resources(), &Keys::default(), &matches(line)).unwrap_err();
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
