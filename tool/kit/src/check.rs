//! Compares the jobs of a plan with the functions they name, before anything is compiled.
//!
//! The compiler would find the same mistakes in the generated package. Found here they are told
//! of both places that matter: the line of `config.rs` and the function.

use sarab_compose::plan::{Job, Plan};

use crate::{
    places::Places,
    program::{Function, Parameter, Program, What},
    report::{Failure, Label, Report},
};

/// Checks all jobs; fails with the first that does not fit.
pub(crate) fn jobs(plan: &Plan, program: &Program, places: &Places) -> Result<(), Failure> {
    for job in &plan.jobs {
        match program.function(&job.function) {
            Some(function) => fit(job, function, places)?,
            // A function that only the compiler can see is left to it.
            None if program.has_hidden => {}
            None => return Err(absent(job, program, places)),
        }
    }
    Ok(())
}

fn absent(job: &Job, program: &Program, places: &Places) -> Failure {
    let report = Report::error(format!("the program has no function `{}`", job.function))
        .label(places.label(&job.origin, "this job names it"));
    let paths = || program.functions.iter().map(|function| function.path.as_str());
    match sarab_key::closest(&job.function, paths()) {
        Some(close) => {
            let function = program.function(close).map(|function| &function.origin);
            let label = function.map(|origin| places.label(origin, "a function close to it"));
            let report = label.into_iter().fold(report, Report::label);
            report.help(format!("did you mean `{close}`?")).into()
        }
        None if program.functions.is_empty() => {
            report.help("a job is a public function: `pub async fn`").into()
        }
        None => {
            let names: Vec<_> = paths().map(|path| format!("`{path}`")).collect();
            report.help(format!("its public functions are: {}", names.join(", "))).into()
        }
    }
}

fn fit(job: &Job, function: &Function, places: &Places) -> Result<(), Failure> {
    let (given, taken) = (job.parameters.len(), function.parameters.len());
    if given != taken {
        let message =
            format!("`{}` takes {}, and config.rs gives it {given}", job.function, counted(taken));
        return Err(differ(message, job, here(function, places), places));
    }
    for (index, (kind, parameter)) in job.parameters.iter().zip(&function.parameters).enumerate() {
        if !may_fit(kind, &parameter.what) {
            let message = format!(
                "parameter {} of `{}` is `{}`, and config.rs says `{kind}`",
                index + 1,
                job.function,
                parameter.what
            );
            return Err(differ(message, job, declared(parameter, places), places));
        }
    }
    Ok(())
}

fn counted(parameters: usize) -> String {
    match parameters {
        0 => "no parameters".into(),
        1 => "1 parameter".into(),
        more => format!("{more} parameters"),
    }
}

fn differ(message: String, job: &Job, program: Label, places: &Places) -> Failure {
    let signature = format!("`fn({})` here", job.parameters.join(", "));
    Report::error(message)
        .label(places.label(&job.origin, &signature))
        .label(program)
        .help("make the signature in config.rs and the function say the same")
        .into()
}

fn here(function: &Function, places: &Places) -> Label {
    let what: Vec<_> = function.parameters.iter().map(|each| each.what.to_string()).collect();
    places.label(&function.origin, &format!("`fn({})` here", what.join(", ")))
}

fn declared(parameter: &Parameter, places: &Places) -> Label {
    places.label(&parameter.origin, &format!("`{}` here", parameter.what))
}

/// The kinds of device that have a trait of the same name, which a program can only get by it.
const KINDS: [&str; 8] = ["Block", "Fs", "Kv", "KvRead", "Net", "Stack", "Tcp", "Udp"];

/// The types that are written in one way.
const TYPES: [&str; 15] = [
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "u128", "u16", "u32", "u64",
    "u8", "usize",
];

/// Returns whether a wire of `kind` may fit a parameter, as far as names can tell.
///
/// Only what is surely wrong is refused: a trait or a type of the program's own, or an alias, is
/// the compiler's to judge.
fn may_fit(kind: &str, what: &What) -> bool {
    match what {
        What::Value(rust) => {
            let (kind, rust) = (last_names(kind), last_names(rust));
            let is_device = KINDS.contains(&kind.as_str());
            let is_value = TYPES.contains(&rust.as_str());
            kind == rust || !(is_value && (is_device || TYPES.contains(&kind.as_str())))
        }
        What::Device(traits) => {
            let is_trait_known = traits.iter().all(|name| KINDS.contains(&name.as_str()));
            let is_kind_known = KINDS.contains(&kind) || TYPES.contains(&kind);
            let is_subset = kind == "Kv" && traits.iter().all(|name| name == "KvRead");
            traits.iter().any(|name| name == kind)
                || is_subset
                || !(is_trait_known && is_kind_known)
        }
    }
}

/// Returns a type with each path in it cut down to its last name.
fn last_names(rust: &str) -> String {
    let mut names = String::new();
    for part in rust.split_inclusive(|letter: char| "<>,( )".contains(letter)) {
        names.push_str(part.rsplit("::").next().unwrap_or(part).trim());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{examples, report::render};
    use sarab_compose::plan::Origin;

    fn plan(function: &str, parameters: &[&str]) -> Plan {
        let origin = Origin { file: "config.rs".into(), line: 4, column: 17 };
        let job = Job {
            function: function.into(),
            parameters: parameters.iter().map(ToString::to_string).collect(),
            arguments: Vec::new(),
            after: Vec::new(),
            origin,
        };
        Plan { jobs: vec![job], ..examples::plan() }
    }

    fn checked(function: &str, parameters: &[&str], source: &str) -> Result<(), String> {
        let config = "use sarab_config::*;\n\nfn main() {\n    let start = job(\"start\");\n}\n";
        let (_folder, project) =
            examples::project(&[("src/lib.rs", source), ("config.rs", config)]);
        let program = Program::read(&project.folder, &project.library_file).unwrap();
        let folder = project.folder.clone();
        let places = Places { project: folder.clone(), package: folder.clone(), written: None };
        jobs(&plan(function, parameters), &program, &places).map_err(|failure| {
            render(&failure.reports[0], false).replace(&format!("{}/", folder.display()), "")
        })
    }

    const SITE: &str = "pub async fn start(\n    tcp: impl Tcp,\n    pages: impl KvRead,\n    \
                        port: u16,\n    waits: Option<core::time::Duration>,\n) {}\n";

    #[test]
    fn a_job_that_fits_passes() {
        for kinds in [
            ["Tcp", "KvRead", "u16", "Option<Duration>"],
            ["Tcp", "Kv", "Port", "Option<core::time::Duration>"],
            ["Echo", "Pages", "u16", "Colour"],
        ] {
            assert_eq!(checked("start", &kinds, SITE), Ok(()), "{kinds:?}");
        }
    }

    #[test]
    fn a_job_that_does_not_fit_shows_both_places() {
        let few = checked("start", &["Tcp", "u16"], SITE).unwrap_err();
        insta::assert_snapshot!("too_few_wires", few);
        let swapped = checked("start", &["Tcp", "Net", "u16", "u8"], SITE).unwrap_err();
        insta::assert_snapshot!("another_kind", swapped);
        let typed = checked("start", &["Tcp", "KvRead", "u32", "u8"], SITE).unwrap_err();
        insta::assert_snapshot!("another_type", typed);
    }

    #[test]
    fn a_job_without_a_function_is_told_of_the_closest() {
        insta::assert_snapshot!("mistyped_function", checked("strat", &[], SITE).unwrap_err());
        insta::assert_snapshot!("unknown_function", checked("serve", &[], SITE).unwrap_err());
    }

    #[test]
    fn a_function_that_cannot_be_seen_is_left_to_the_compiler() {
        assert_eq!(checked("serve", &["Tcp"], "pub use other::*;"), Ok(()));
    }
}
