//! The `src/main.rs` of an image: opens the devices in order and runs the jobs.

use std::collections::BTreeSet;

use sarab_compose::plan::{Argument, Constructor, Device, DeviceId, Job, Origin, Plan, Resource};

use super::keys;
use crate::{
    project::Project,
    tool::{Form, Target, Tool},
    written::Written,
};

/// Returns the text, with where each line comes from.
pub(super) fn write(tool: &Tool, target: &Target, project: &Project, plan: &Plan) -> Written {
    let writer = Writer { tool, target, project, plan, uses: Uses::of(plan) };
    let mut main = Written::default();
    writer.head(&mut main);
    writer.app(&mut main);
    writer.start(&mut main);
    main
}

/// How long a line may be, with room for what follows.
const WIDTH: usize = 92;

/// What stands above the code of a program without an operating system. What the standard library
/// brings into every program is imported, so that an expression is the same for all targets.
const BARE_HEAD: &str = "#![no_std]
#![no_main]

extern crate alloc;

#[allow(unused_imports, reason = \"an expression of `config.rs` may use any of them\")]
use alloc::{
    borrow::ToOwned,
    boxed::Box,
    format,
    rc::Rc,
    string::{String, ToString},
    vec,
    vec::Vec,
};
";

struct Writer<'a> {
    tool: &'a Tool,
    target: &'a Target,
    project: &'a Project,
    plan: &'a Plan,
    uses: Vec<Uses>,
}

/// How a device is used by others.
#[derive(Clone, Copy, Default)]
struct Uses {
    /// As an argument.
    given: usize,
    /// As what a method is called on.
    asked: usize,
}

impl Uses {
    fn of(plan: &Plan) -> Vec<Self> {
        let mut uses = vec![Self::default(); plan.devices.len()];
        for device in &plan.devices {
            let is_method = matches!(device.constructor, Constructor::Method(_));
            for (index, argument) in device.arguments.iter().enumerate() {
                if let Argument::Device(id) = argument {
                    let count = if is_method && index == 0 {
                        &mut uses[*id].asked
                    } else {
                        &mut uses[*id].given
                    };
                    *count += 1;
                }
            }
        }
        for argument in plan.jobs.iter().flat_map(|job| &job.arguments) {
            if let Argument::Device(id) = argument {
                uses[*id].given += 1;
            }
        }
        uses
    }

    /// Whether the device is still needed after it was given away.
    fn is_shared(self) -> bool {
        self.given > 0 && self.given + self.asked > 1
    }

    fn is_unused(self) -> bool {
        self.given + self.asked == 0
    }
}

impl Writer<'_> {
    fn head(&self, main: &mut Written) {
        let (name, target) = (&self.plan.name, &self.plan.target);
        main.line(&format!(
            "//! `{name}` on `{target}`, written by `{}`. Edits are lost.\n",
            self.tool.name
        ));
        match self.target.form {
            Form::Bare(_) => main.line(BARE_HEAD),
            Form::Program if self.uses.iter().any(|uses| uses.is_shared()) => {
                main.line("use std::rc::Rc;\n");
            }
            Form::Program => {}
        }
        let alias =
            if keys::of(self.plan).any(|key| !key.aliases.is_empty()) { "Alias, " } else { "" };
        let spec = if keys::of(self.plan).next().is_some() { ", Spec" } else { "" };
        let runtime = self.tool.runtime.identifier();
        main.line(&format!("use {runtime}::{{{alias}App, Boot, Failure{spec}}};\n"));
        main.line("mod app_crates;");
        for module in &self.plan.modules {
            main.line(&format!("mod {module};"));
        }
        main.line("");
    }

    fn app(&self, main: &mut Written) {
        let Plan { name, target, .. } = self.plan;
        let version = &self.project.version;
        main.line(&format!(
            "static APP: App = App {{\n    name: {name:?},\n    version: {version:?},\n    \
             target: {target:?},\n    crates: app_crates::CRATES,"
        ));
        if keys::of(self.plan).next().is_none() {
            main.line("    keys: &[],\n};\n");
        } else {
            main.line("    keys: &[");
            for key in keys::of(self.plan) {
                main.line_from(&format!("        // {}", place(&key.origin)), &key.origin);
                main.line_from(&keys::spec(key), &key.origin);
            }
            main.line("    ],\n};\n");
        }
        let target = self.target.library.identifier();
        let resources = self.resources(&target);
        let short = format!("{target}::entry!(APP, [{}], start);\n", resources.join(", "));
        if short.len() <= WIDTH {
            main.line(&short);
        } else {
            let lines: Vec<_> = resources.iter().map(|line| format!("\n        {line},")).collect();
            main.line(&format!(
                "{target}::entry!(\n    APP,\n    [{}\n    ],\n    start\n);\n",
                lines.concat()
            ));
        }
    }

    /// Returns what the live devices ask of the host, in order and each once.
    fn resources(&self, target: &str) -> Vec<String> {
        let resources: BTreeSet<_> =
            self.plan.devices.iter().flat_map(|device| &device.resources).collect();
        let written = resources.into_iter().map(|resource| match resource {
            Resource::Network { name } => format!("{target}::Resource::Network({name:?})"),
            Resource::Disk { name, .. } => format!("{target}::Resource::Disk({name:?})"),
            Resource::Folder { name, .. } => format!("{target}::Resource::Folder({name:?})"),
        });
        written.collect()
    }

    fn start(&self, main: &mut Written) {
        main.line("/// Makes the devices and runs the jobs.");
        main.line("async fn start(boot: Boot) -> Result<(), Failure> {");
        for (id, device) in self.plan.devices.iter().enumerate() {
            main.line_from(&format!("    // {}", place(&device.origin)), &device.origin);
            main.line_from(&self.device(id, device), &device.origin);
        }
        match self.plan.jobs.as_slice() {
            [job] => {
                main.line_from(&format!("    // {}", place(&job.origin)), &job.origin);
                main.line_from(&format!("    {}.await", self.job(job, "    ")), &job.origin);
            }
            jobs => {
                main.line("    boot.jobs([");
                for job in jobs {
                    main.line_from(&format!("        // {}", place(&job.origin)), &job.origin);
                    main.line_from(&format!("        {},", self.job(job, "        ")), &job.origin);
                }
                main.line("    ])\n    .await");
            }
        }
        main.line("}");
    }

    fn device(&self, id: DeviceId, device: &Device) -> String {
        let name = self.binding(id);
        let arguments: Vec<_> =
            device.arguments.iter().map(|argument| self.argument(argument)).collect();
        let made = match &device.constructor {
            Constructor::Open(path) => opened(&device.name, path, &arguments, name.len()),
            Constructor::Make(path) => call(path, &arguments, "    ", name.len() + 8),
            Constructor::Method(method) => self.method(device, method, &arguments),
        };
        let made = if self.uses[id].is_shared() { format!("Rc::new({made})") } else { made };
        format!("    let {name} = {made};")
    }

    /// Returns the call of a method on the first argument, which keeps its device. A path names a
    /// method of a trait that is not in scope.
    fn method(&self, device: &Device, method: &str, arguments: &[String]) -> String {
        let receiver = match device.arguments.first() {
            Some(Argument::Device(id)) => self.binding(*id),
            _ => arguments.first().cloned().unwrap_or_default(),
        };
        let rest = arguments.get(1..).unwrap_or_default();
        if method.contains("::") {
            let arguments = [&[format!("&{receiver}")], rest].concat().join(", ");
            return format!("{method}({arguments})");
        }
        format!("{receiver}.{method}({})", rest.join(", "))
    }

    /// Returns the call of a job behind `indent`.
    fn job(&self, job: &Job, indent: &str) -> String {
        let arguments: Vec<_> =
            job.arguments.iter().map(|argument| self.argument(argument)).collect();
        let (library, function) = (&self.project.library, &job.function);
        let inner = format!("{indent}    ");
        let path = format!("{library}::{function}");
        let short = format!("boot.job({function:?}, {path}({}))", arguments.join(", "));
        if indent.len() + short.len() <= WIDTH {
            return short;
        }
        let call = call(&path, &arguments, &inner, 0);
        format!("boot.job(\n{inner}{function:?},\n{inner}{call},\n{indent})")
    }

    fn argument(&self, argument: &Argument) -> String {
        match argument {
            Argument::Device(id) if self.uses[*id].is_shared() => {
                format!("Rc::clone(&{})", self.binding(*id))
            }
            Argument::Device(id) => self.binding(*id),
            Argument::Boot(name) => {
                let key = self.plan.keys.iter().find(|key| key.name == *name);
                key.map_or_else(|| format!("boot.get({name:?})"), keys::value)
            }
            Argument::Fixed(expression) => expression.clone(),
        }
    }

    /// Returns the name of a device in the program.
    fn binding(&self, id: DeviceId) -> String {
        let name = &self.plan.devices[id].name;
        if self.uses[id].is_unused() { format!("_{name}") } else { name.clone() }
    }
}

/// Returns the expression that opens the device `name` for a variable of `width` letters.
fn opened(name: &str, path: &str, arguments: &[String], width: usize) -> String {
    let short = format!("boot.opened({name:?}, {path}({}).await)?", arguments.join(", "));
    if short.len() + width + "    let  = ".len() <= WIDTH {
        return short;
    }
    let call = call(path, arguments, "        ", ".await,".len());
    format!("boot.opened(\n        {name:?},\n        {call}.await,\n    )?")
}

/// Returns a call behind `indent` and `before` more columns: on one line where that fits, else with
/// each argument on its own.
fn call(path: &str, arguments: &[String], indent: &str, before: usize) -> String {
    let short = format!("{path}({})", arguments.join(", "));
    if indent.len() + before + short.len() <= WIDTH || arguments.is_empty() {
        return short;
    }
    let lines: Vec<_> =
        arguments.iter().map(|argument| format!("\n{indent}    {argument},")).collect();
    format!("{path}({}\n{indent})", lines.concat())
}

fn place(origin: &Origin) -> String {
    format!("{}:{}:{}", origin.file, origin.line, origin.column)
}
