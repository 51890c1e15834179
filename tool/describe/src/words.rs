//! How things of a plan are said, the same everywhere.

use sarab_compose::plan::{
    Argument, Arity, Constructor, Decision, Job, Key, Origin, Plan, Resource, Source, Stage,
};

/// The value of a key now: `None` where it has none.
pub(crate) fn value(key: &Key) -> Option<String> {
    if !key.configured.is_empty() {
        return Some(key.configured.join(", "));
    }
    match (&key.default, key.arity) {
        (Some(default), Arity::List) if default.is_empty() => None,
        (Some(default), _) if default.is_empty() => Some("\"\"".to_owned()),
        (Some(default), _) => Some(default.clone()),
        (None, Arity::Flag) => Some("false".to_owned()),
        (None, _) => None,
    }
}

/// Where the value of a key came from, or what is with it where it has none.
pub(crate) fn source(key: &Key) -> String {
    match (key.source, value(key)) {
        (Source::CommandLine, _) => "command line".to_owned(),
        (Source::Environment, _) => match &key.environment {
            Some(variable) => format!("environment {variable}"),
            None => "environment".to_owned(),
        },
        (Source::Default, Some(_)) => "default".to_owned(),
        (Source::Default, None) if key.arity == Arity::Required => "required".to_owned(),
        (Source::Default, None) => "not given".to_owned(),
    }
}

/// When a key may be given.
pub(crate) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Configure => "configure",
        Stage::Boot => "boot",
        Stage::Both => "configure, boot",
    }
}

/// A key with its value, or with what is to be said where it has none: `--port 8080`,
/// `--token (required)`.
pub(crate) fn given(key: &Key) -> String {
    match value(key) {
        Some(value) => format!("--{} {value}", key.name),
        None => format!("--{} ({})", key.name, source(key)),
    }
}

/// A key of a plan by its name.
pub(crate) fn key<'p>(plan: &'p Plan, name: &str) -> Option<&'p Key> {
    plan.keys.iter().find(|key| key.name == name)
}

/// The keys among arguments, in order.
pub(crate) fn boot_keys<'p>(
    plan: &'p Plan,
    arguments: &'p [Argument],
) -> impl Iterator<Item = &'p Key> {
    arguments.iter().filter_map(|argument| match argument {
        Argument::Boot(name) => key(plan, name),
        Argument::Device(_) | Argument::Fixed(_) => None,
    })
}

/// What a plan is made for: `for unix`, and nothing where no key says it.
pub(crate) fn made_for(plan: &Plan) -> String {
    if plan.target.is_empty() { String::new() } else { format!("for {}", plan.target) }
}

/// A place: `config.rs:5:17`.
pub(crate) fn place(origin: &Origin) -> String {
    format!("{}:{}:{}", origin.file, origin.line, origin.column)
}

/// The head of a job: `start(Tcp, u16)`.
pub(crate) fn job(job: &Job) -> String {
    format!("{}({})", job.function, job.parameters.join(", "))
}

/// A call that makes a device, with its arguments: `sarab_stack::Stack::start(net).await`.
pub(crate) fn call(plan: &Plan, constructor: &Constructor, arguments: &[Argument]) -> String {
    let mut said = arguments.iter().map(|argument| match argument {
        Argument::Device(id) => {
            plan.devices.get(*id).map_or_else(|| format!("device {id}"), |it| it.name.clone())
        }
        Argument::Boot(name) => format!("--{name}"),
        Argument::Fixed(expression) => expression.clone(),
    });
    let list = |said: Vec<String>| said.join(", ");
    match constructor {
        Constructor::Open(path) => format!("{path}({}).await", list(said.collect())),
        Constructor::Make(path) => format!("{path}({})", list(said.collect())),
        Constructor::Method(name) => {
            let own = said.next().unwrap_or_default();
            format!("{own}.{name}({})", list(said.collect()))
        }
    }
}

/// What is asked of the host.
pub(crate) struct Ask<'p> {
    /// What it is (`disk`).
    pub(crate) what: &'static str,
    /// Its name.
    pub(crate) name: &'p str,
    /// How it is attached (`--disk data=FILE`).
    pub(crate) option: String,
    /// What it is where none is attached.
    pub(crate) default: Option<&'p str>,
}

/// Says what a resource is.
pub(crate) fn ask(resource: &Resource) -> Ask<'_> {
    match resource {
        Resource::Network { name } => Ask {
            what: "network card",
            name,
            option: format!("--net {name}=BACKEND"),
            default: None,
        },
        Resource::Disk { name, default } => Ask {
            what: "disk",
            name,
            option: format!("--disk {name}=FILE"),
            default: default.as_deref(),
        },
        Resource::Folder { name, default } => Ask {
            what: "folder",
            name,
            option: format!("--folder {name}=PATH"),
            default: default.as_deref(),
        },
    }
}

/// A count with its noun: `1 job`, `2 jobs`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The answers that a decision did not take.
pub(crate) fn alternatives(decision: &Decision) -> impl Iterator<Item = &str> {
    decision.answers.iter().filter(|it| **it != decision.answer).map(String::as_str)
}
