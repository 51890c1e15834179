//! The files beside an image, for whoever runs it without this tool.

use std::{
    collections::BTreeSet,
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use sarab_compose::plan::{Plan, Resource};

use crate::{
    files, generate,
    project::Project,
    report::{Context, Failure},
    tool::{Attachment, Companion, CompanionKind, Described},
};

/// Who may do what with a script.
const MODE: u32 = 0o755;

/// Writes `companions` beside `image`, and returns their files.
pub(crate) fn write(
    companions: &[Companion],
    project: &Project,
    plan: &Plan,
    image: &Path,
) -> Result<Vec<PathBuf>, Failure> {
    let described = describe(project, plan, image);
    companions.iter().map(|companion| companion.write_beside(&described)).collect()
}

fn describe<'a>(project: &Project, plan: &'a Plan, image: &'a Path) -> Described<'a> {
    let mut described =
        Described { name: &plan.name, image, networks: Vec::new(), disks: Vec::new() };
    // In the order of the manifest, which generated code writes.
    let resources: BTreeSet<_> = plan.devices.iter().flat_map(|device| &device.resources).collect();
    for resource in resources {
        match resource {
            Resource::Network { name } => described.networks.push(name),
            Resource::Disk { name, default } => {
                let file = default.as_ref().map(|file| generate::place(project, plan, file));
                described.disks.push(Attachment { name, file });
            }
            Resource::Folder { .. } => {}
        }
    }
    described
}

impl Companion {
    fn write_beside(&self, described: &Described<'_>) -> Result<PathBuf, Failure> {
        let file = described.image.with_file_name(format!("{}{}", described.name, self.suffix));
        files::write(&file, (self.write)(described).as_bytes())?;
        if self.kind == CompanionKind::Script {
            let permissions = Permissions::from_mode(MODE);
            fs::set_permissions(&file, permissions).context("make executable", &file)?;
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples;

    fn told(described: &Described<'_>) -> String {
        format!("{described:?}")
    }

    #[test]
    fn a_companion_is_told_of_the_image_and_what_it_asks_for() {
        let (_folder, project) = examples::project(&[("src/lib.rs", "")]);
        let plan = examples::plan_with_resources();
        let image = generate::folder(&project, "unix").join("site");
        let described = describe(&project, &plan, &image);
        assert_eq!((described.name, &described.networks[..]), ("site", &["service"][..]));
        let package = generate::folder(&project, "unix");
        let disk = |name, file| Attachment { name, file };
        let expected = [
            disk("bare", None),
            disk("data", Some(project.folder.join("data.img"))),
            disk("pages", Some(package.join("pages.tar"))),
        ];
        assert_eq!(described.disks, expected);
    }

    #[test]
    fn companions_lie_beside_the_image_and_scripts_can_be_run() {
        let (folder, project) = examples::project(&[("src/lib.rs", "")]);
        let companions = [
            Companion { suffix: ".cfg", kind: CompanionKind::Text, write: told },
            Companion { suffix: ".run.sh", kind: CompanionKind::Script, write: told },
        ];
        let image = folder.path().join("site");
        let files = write(&companions, &project, &examples::plan(), &image).unwrap();
        assert_eq!(files, ["site.cfg", "site.run.sh"].map(|name| folder.path().join(name)));
        let may_run = |file| fs::metadata(file).unwrap().permissions().mode() & 0o111 != 0;
        assert_eq!(files.iter().map(may_run).collect::<Vec<_>>(), [false, true]);
        let text = fs::read_to_string(&files[0]).unwrap();
        assert_eq!(text, told(&describe(&project, &examples::plan(), &image)));
    }
}
