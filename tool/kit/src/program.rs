//! The program as its source says it: its functions with their parameters.
//!
//! Only what stands in the files is read; nothing is compiled. It is enough to derive a wiring
//! from a job's parameters, and to compare a job of config.rs with the function it names.

use std::path::Path;

use sarab_compose::plan::Origin;

use crate::report::{Context, Failure, Report};

mod modules;
mod parameter;

pub(crate) use parameter::{Parameter, What};

/// The functions of a program.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    /// All public functions, in the order of the source.
    pub(crate) functions: Vec<Function>,
    /// Whether there may be functions that a reader of the source alone cannot see: re-exported
    /// ones, or those that a macro makes.
    pub(crate) has_hidden: bool,
}

/// A public function of the program.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// Its path in the crate (`start`, `web::start`).
    pub(crate) path: String,
    /// Whether it is marked as a job.
    pub(crate) is_job: bool,
    /// Its parameters, in order.
    pub(crate) parameters: Vec<Parameter>,
    /// Where its name stands.
    pub(crate) origin: Origin,
}

impl Program {
    /// Reads the program whose library is `file`, in the project's folder `folder`.
    pub(crate) fn read(folder: &Path, file: &Path) -> Result<Self, Failure> {
        let mut program = Self::default();
        modules::read(folder, file, &mut program)?;
        Ok(program)
    }

    /// Returns the function at `path`.
    pub(crate) fn function(&self, path: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.path == path)
    }

    /// Returns the functions that are marked as jobs.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(|function| function.is_job)
    }
}

/// Reads one source file.
fn read_source(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).context("read", file)
}

/// Says that a file is not Rust, in the words of the parser.
fn not_rust(file: &Path, error: &syn::Error) -> Failure {
    let at = error.span().start();
    let (line, column) = (to_u32(at.line), to_u32(at.column) + 1);
    let (why, place) = match error.to_string() {
        // The parser says no more of what cannot even be cut into words.
        lexer if lexer == "cannot parse string into token stream" => {
            ("brackets or quotes do not match".to_string(), "from here on")
        }
        parser => (parser, "here"),
    };
    let label = crate::report::Label::new(file, line, column, place);
    Report::error(format!("the program is not valid Rust: {why}")).label(label).into()
}

/// Returns where a span starts, in a file named from the project's folder.
fn origin(file: &str, span: proc_macro2::Span) -> Origin {
    let at = span.start();
    Origin { file: file.to_string(), line: to_u32(at.line), column: to_u32(at.column) + 1 }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn program(files: &[(&str, &str)]) -> Result<Program, Failure> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Program::read(folder.path(), &folder.path().join("src/lib.rs"))
    }

    const SITE: &str = r#"
/// Serves pages.
#[sarab::job]
pub async fn start(
    tcp: impl Tcp,
    htdocs: impl sarab::device::KvRead + 'static,
    /// TCP port to listen on.
    #[key(default = 8080, env = "PORT")]
    port: u16,
    /// Whom to greet.
    /// More than one is fine.
    names: Vec<String>,
) -> Result<(), Failure> {}
fn quiet() {}
"#;

    #[test]
    fn a_job_is_read_with_its_parameters_and_their_docs() {
        let program = program(&[("src/lib.rs", SITE)]).unwrap();
        let [start] = program.functions.as_slice() else { panic!("{program:?}") };
        assert!(start.is_job && start.path == "start");
        let what = start.parameters.iter().map(|parameter| parameter.what.to_string());
        assert_eq!(what.collect::<Vec<_>>(), ["Tcp", "KvRead", "u16", "Vec<String>"]);
        assert_eq!(start.parameters[2].doc, "TCP port to listen on.");
        assert_eq!(start.parameters[2].words.environment.as_deref(), Some("PORT"));
        assert_eq!(start.parameters[2].words.default.as_deref(), Some("8080"));
        assert_eq!(start.parameters[3].doc, "Whom to greet. More than one is fine.");
        let place = &start.parameters[2].origin;
        assert_eq!((place.file.as_str(), place.line, place.column), ("src/lib.rs", 9, 5));
    }

    #[test]
    fn generic_parameters_are_read_by_their_bounds() {
        let source = "pub async fn a<T: Tcp, N>(tcp: T, net: N) where N: Net + Clone {}";
        let program = program(&[("src/lib.rs", source)]).unwrap();
        let what = program.functions[0].parameters.iter().map(|each| each.what.to_string());
        assert_eq!(what.collect::<Vec<_>>(), ["Tcp", "Net + Clone"]);
    }

    #[test]
    fn modules_in_place_and_in_files_are_read() {
        let files = [
            ("src/lib.rs", "pub mod web; pub mod store { pub fn start() {} }"),
            ("src/web.rs", "pub mod inner;"),
            ("src/web/inner.rs", "pub async fn start() {}"),
        ];
        let program = program(&files).unwrap();
        let paths = program.functions.iter().map(|function| function.path.as_str());
        assert_eq!(paths.collect::<Vec<_>>(), ["web::inner::start", "store::start"]);
    }

    #[test]
    fn a_file_that_is_not_rust_is_named_with_the_place() {
        let failure = program(&[("src/lib.rs", "pub fn start( {}")]).unwrap_err();
        let label = &failure.reports[0].labels[0];
        assert_eq!((label.line, label.column), (1, 13));
    }

    #[test]
    fn a_word_that_no_key_knows_is_refused_with_the_place() {
        let source = "pub fn start(#[key(defualt = 1)] port: u16) {}";
        let failure = program(&[("src/lib.rs", source)]).unwrap_err();
        let report = &failure.reports[0];
        assert_eq!(report.message, "a key has no `defualt`");
        assert_eq!(report.help.as_deref(), Some("did you mean `default`?"));
    }

    #[test]
    fn a_reexport_may_hide_functions() {
        assert!(program(&[("src/lib.rs", "pub use web::*;")]).unwrap().has_hidden);
        assert!(!program(&[("src/lib.rs", "use web::*;")]).unwrap().has_hidden);
    }
}
