//! The default wiring: the `config.rs` that follows from the parameters of a program's jobs.

use sarab_compose::plan::Origin;
use syn::{GenericArgument, PathArguments, Type};

use crate::{
    program::{Function, Parameter, Program, What},
    project::Project,
    report::{Failure, Label, Report},
    tool::Tool,
    written::Written,
};

/// Writes the `config.rs` of a program that has none.
pub(crate) fn derive(
    tool: &Tool,
    project: &Project,
    program: &Program,
) -> Result<Written, Failure> {
    let jobs: Vec<_> = program.jobs().collect();
    if jobs.is_empty() {
        return Err(no_job(tool, project, program));
    }
    let mut config = Written::default();
    config.line(&format!(
        "//! The default wiring of `{}`: what the parameters of its jobs ask for.\n\
         //! A file `config.rs` beside Cargo.toml takes its place.\n",
        project.name
    ));
    config.line(&format!("use {}::*;\n\nfn main() {{", tool.config.identifier()));
    config.line(&format!("    register({:?}, [", project.name));
    for job in jobs {
        Wirer { tool, project }.job(job, &mut config)?;
    }
    config.line("    ]);\n}");
    Ok(config)
}

struct Wirer<'a> {
    tool: &'a Tool,
    project: &'a Project,
}

impl Wirer<'_> {
    fn job(&self, job: &Function, config: &mut Written) -> Result<(), Failure> {
        let mut wires = Vec::new();
        let mut kinds = Vec::new();
        for parameter in &job.parameters {
            let (kind, wire) = self.parameter(parameter)?;
            kinds.push(kind);
            wires.push((wire, &parameter.origin));
        }
        if wires.is_empty() {
            let whole = format!("        job::<fn()>({:?}).of(()),", job.path);
            config.line_from(&whole, &job.origin);
            return Ok(());
        }
        let (open, close) = if wires.len() == 1 { ("(", ")") } else { ("((", "))") };
        let head = format!("        job::<fn({})>({:?}).of{open}", kinds.join(", "), job.path);
        config.line_from(&head, &job.origin);
        for (wire, origin) in wires {
            config.line_from(&format!("            {wire},"), origin);
        }
        config.line_from(&format!("        {close},"), &job.origin);
        Ok(())
    }

    /// Returns the kind or type of a parameter, and what is wired to it.
    fn parameter(&self, parameter: &Parameter) -> Result<(String, String), Failure> {
        match &parameter.what {
            What::Device(traits) => self.device(parameter, traits),
            What::Value(rust) => self.value(parameter, rust),
        }
    }

    fn device(
        &self,
        parameter: &Parameter,
        traits: &[String],
    ) -> Result<(String, String), Failure> {
        let known = self.tool.wiring.devices;
        let found = traits.iter().find_map(|name| known.iter().find(|(known, _)| known == name));
        let Some((kind, wire)) = found else {
            let what = parameter.what.to_string();
            return Err(self.unknown(parameter, &what, known.iter().map(|(name, _)| *name)));
        };
        Ok(((*kind).into(), wire.replace("{name}", &format!("{:?}", parameter.name))))
    }

    fn value(&self, parameter: &Parameter, rust: &str) -> Result<(String, String), Failure> {
        let known = self.tool.wiring.values;
        let (shape, value) = Shape::of(rust);
        if !known.contains(&value.as_str()) {
            return Err(self.unknown(parameter, &value, known.iter().copied()));
        }
        Ok((shape.rust(&value), key(parameter, shape, &value)))
    }

    fn unknown<'a>(
        &self,
        parameter: &Parameter,
        what: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Failure {
        let Parameter { name, origin, .. } = parameter;
        let message = format!("nothing is known to wire to `{name}: {what}`");
        let mut report = Report::error(message).label(self.label(origin, "this parameter"));
        if let Some(close) = sarab_key::closest(what, known) {
            report = report.note(format!("there is a wire for `{close}`"));
        }
        report.help("say in a file config.rs beside Cargo.toml what it is wired to").into()
    }

    fn label(&self, origin: &Origin, text: &str) -> Label {
        let file = self.project.folder.join(&origin.file);
        Label::new(&file, origin.line, origin.column, text)
    }
}

/// How often the key of a parameter may be given.
#[derive(Clone, Copy)]
enum Shape {
    One,
    Optional,
    List,
}

impl Shape {
    /// Returns the shape of a type, and the type of one value in it, by its last name.
    fn of(rust: &str) -> (Self, String) {
        let Ok(Type::Path(path)) = syn::parse_str::<Type>(rust) else {
            return (Self::One, rust.to_string());
        };
        let Some(last) = path.path.segments.last() else { return (Self::One, rust.to_string()) };
        let name = last.ident.to_string();
        let shape = match name.as_str() {
            "Option" => Self::Optional,
            "Vec" => Self::List,
            _ => return (Self::One, name),
        };
        match &last.arguments {
            PathArguments::AngleBracketed(inner) => match inner.args.first() {
                Some(GenericArgument::Type(Type::Path(inner))) => {
                    let inner = inner.path.segments.last().map(|last| last.ident.to_string());
                    (shape, inner.unwrap_or_default())
                }
                _ => (Self::One, rust.to_string()),
            },
            _ => (Self::One, name),
        }
    }

    fn rust(self, value: &str) -> String {
        match self {
            Self::One => value.to_string(),
            Self::Optional => format!("Option<{value}>"),
            Self::List => format!("Vec<{value}>"),
        }
    }
}

/// Returns the declaration of the key of a parameter.
fn key(parameter: &Parameter, shape: Shape, value: &str) -> String {
    let words = &parameter.words;
    let name = words.name.clone().unwrap_or_else(|| parameter.name.replace('_', "-"));
    let mut said = vec![format!("key::<{value}>({name:?})")];
    let doc = words.doc.as_ref().filter(|_| parameter.doc.is_empty()).unwrap_or(&parameter.doc);
    if !doc.is_empty() {
        said.push(format!(".doc({doc:?})"));
    }
    said.extend(words.aliases.iter().map(|alias| format!(".alias({alias:?})")));
    said.extend(words.environment.iter().map(|variable| format!(".env({variable:?})")));
    said.push(match (shape, &words.default) {
        (Shape::Optional, _) => ".optional()".into(),
        (Shape::List, None) => ".list()".into(),
        (Shape::List, Some(default)) => format!(".list_or(values({default:?}))"),
        (Shape::One, None) if value == "bool" && !words.is_required => ".flag()".into(),
        (Shape::One, None) => ".required()".into(),
        (Shape::One, Some(default)) => format!(".default(value({default:?}))"),
    });
    said.concat()
}

fn no_job(tool: &Tool, project: &Project, program: &Program) -> Failure {
    let label = match program.functions.first() {
        Some(Function { origin: Origin { file, line, column }, .. }) => Label::new(
            &project.folder.join(file),
            *line,
            *column,
            "this one is not marked as a job",
        ),
        None => Label::new(&project.library_file, 1, 1, "no function here is marked as a job"),
    };
    let attribute = match tool.template.uses {
        [first, ..] => format!("#[{}::job]", first.identifier()),
        [] => "#[job]".to_string(),
    };
    Report::error(format!("`{}` has no job", project.name))
        .label(label)
        .help(format!("write `{attribute}` above `pub async fn start(..)`"))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{examples, report::render};

    fn derived(source: &str) -> Result<Written, String> {
        let (_folder, project) = examples::project(&[("src/lib.rs", source)]);
        let program = Program::read(&project.folder, &project.library_file).unwrap();
        derive(&examples::TOOL, &project, &program).map_err(|failure| {
            let folder = format!("{}/", project.folder.display());
            render(&failure.reports[0], false).replace(&folder, "")
        })
    }

    #[test]
    fn parameters_become_wires() {
        let source = r#"
            #[sarab::job]
            pub async fn start(
                tcp: impl Tcp,
                htdocs: impl KvRead,
                /// TCP port to listen on.
                #[key(default = 8080, env = "PORT", alias = "p")]
                http_port: u16,
                is_loud: bool,
                #[key(name = "who")]
                name: Option<alloc::string::String>,
                #[key(default = "1s,2s")]
                waits: Vec<Duration>,
            ) {}
            #[sarab::job]
            pub async fn watch(net: impl Net) {}
            #[sarab::job]
            pub async fn idle() {}
        "#;
        insta::assert_snapshot!(derived(source).unwrap().text());
    }

    #[test]
    fn each_wire_comes_from_its_parameter() {
        let source =
            "#[sarab::job]\npub async fn start(\n    tcp: impl Tcp,\n    port: u16,\n) {}\n";
        let written = derived(source).unwrap();
        let line = 1 + written.text().lines().position(|line| line.contains("\"port\"")).unwrap();
        assert_eq!(written.nearest(line).unwrap().line, 4);
    }

    #[test]
    fn a_parameter_that_nothing_is_known_of_is_named_with_its_place() {
        for source in [
            "#[sarab::job]\npub async fn start(\n    pages: impl KvReed,\n) {}\n",
            "#[sarab::job]\npub async fn start(\n    colour: Colour,\n) {}\n",
            "pub async fn start() {}\n",
        ] {
            insta::assert_snapshot!(derived(source).unwrap_err());
        }
    }
}
