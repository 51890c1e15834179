//! A program from its command line to its status.

use super::*;
use crate::{Instant, NoEntropy, Rehearsal, WallTime, app, now, println, sleep};
use alloc::string::ToString;
use alloc::sync::Arc;
use core::cell::RefCell;
use core::time::Duration;
use sarab_key::Alias;

static APP: App = App {
    name: "site",
    version: "1.2.3",
    target: "test",
    crates: &[("site", "1.2.3")],
    keys: &[
        Spec::new::<u16>("port", "TCP port to listen on.")
            .default("8080")
            .configured(&["81"])
            .env("PORT")
            .aliases(&[Alias::new("p")]),
        Spec::new::<String>("name", "Whom to greet."),
        Spec::new::<bool>("loud", "Shouts.").flag(),
        Spec::new::<u8>("level", "How much.").optional(),
        Spec::new::<String>("tag", "What it is.").list(),
    ],
};

/// Runs the program that prints its keys; returns its status, its output and its errors.
fn site(words: &[&str]) -> (Status, String, String) {
    let rehearsal = Rehearsal::new(0);
    let words = words.iter().map(ToString::to_string);
    let status = run(rehearsal.machine(), &APP, words, async |boot| {
        let (port, name): (u16, String) = (boot.get("port"), boot.get("name"));
        let (level, tags) = (boot.optional::<u8>("level"), boot.list::<String>("tag"));
        println!("{port} {name} {} {level:?} {tags:?}", boot.flag("loud"));
    });
    (status, rehearsal.console(), rehearsal.errors())
}

/// Returns the errors of a command line that must be refused.
fn refused(words: &[&str]) -> String {
    let (status, output, errors) = site(words);
    assert_eq!((status, output.as_str()), (Status(64), ""), "{words:?}");
    let (error, hint) = errors.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(hint, "site: --help shows all keys");
    error.to_string()
}

#[test]
fn the_program_gets_the_values_of_its_keys() {
    let (status, output, errors) = site(&["--name=moon"]);
    assert_eq!((status, output.as_str()), (Status(0), "81 moon false None []\n"));
    assert_eq!(errors, "");
    let (_, output, _) = site(&["-p", "5", "--name", "x", "--loud", "--level=3", "--tag=a,b"]);
    assert_eq!(output, "5 x true Some(3) [\"a\", \"b\"]\n");
}

#[test]
fn a_wrong_command_line_ends_with_64_and_says_why() {
    assert_eq!(refused(&[]), "site: missing key --name: give it as --name=TEXT");
    assert_eq!(refused(&["--prot=1"]), "site: unknown key --prot, did you mean --port?");
    assert_eq!(
        refused(&["--port=x"]),
        "site: wrong value \"x\" for --port: expected a whole number from 0 to 65535",
    );
    let error = refused(&["--name=x", "--log=info,net:laud"]);
    assert!(error.starts_with("site: wrong value \"info,net:laud\" for --log: "), "{error}");
    let error = refused(&["--name=x", "--", "more"]);
    assert!(error.starts_with("site: unexpected word \"more\""), "{error}");
}

#[test]
fn help_shows_the_keys_of_the_program_and_of_the_runtime() {
    let (status, output, errors) = site(&["--help"]);
    assert_eq!((status, errors.as_str()), (Status(0), ""));
    assert_eq!(output, include_str!("help.txt"));
}

#[test]
fn a_failure_is_shown_with_the_name_of_the_program() {
    let rehearsal = Rehearsal::new(0);
    let status = run(rehearsal.machine(), &APP, ["--name=x".into()], async |boot| {
        boot.opened("data", Err::<(), _>("file data.img: No such file"))
    });
    assert_eq!(status, Status(1));
    assert_eq!(rehearsal.errors(), "site: cannot open \"data\": file data.img: No such file\n");
}

#[test]
fn the_status_of_the_program_is_that_of_the_run() {
    let status = |status| {
        let start = async |_| Status(status);
        run(Rehearsal::new(0).machine(), &APP, ["--name=x".into()], start)
    };
    assert_eq!((status(0), status(3)), (Status(0), Status(3)));
}

#[test]
fn a_program_knows_what_it_is() {
    run(Rehearsal::new(0).machine(), &APP, ["--name=x".into()], async |_| {
        assert_eq!((app().name, app().version, app().target), ("site", "1.2.3", "test"));
        assert_eq!(app().crates, [("site", "1.2.3")]);
    });
}

/// A rehearsal that has what a target may add, and lacks what it may lack.
struct Odd {
    inner: Rc<dyn Machine>,
    has_entropy: bool,
    disks: RefCell<Vec<String>>,
}

const ODD_KEYS: &[Spec<'static>] = &[Spec::new::<String>("disk", "A disk, and its file.").list()];

impl Odd {
    fn new(rehearsal: &Rehearsal, has_entropy: bool) -> Rc<Self> {
        let disks = RefCell::default();
        Rc::new(Self { inner: rehearsal.machine(), has_entropy, disks })
    }
}

impl Machine for Odd {
    fn now(&self) -> Instant {
        self.inner.now()
    }
    fn wall_clock(&self) -> Option<WallTime> {
        None
    }
    fn entropy(&self, seed: &mut [u8; 32]) -> Result<(), NoEntropy> {
        if self.has_entropy { self.inner.entropy(seed) } else { Err(NoEntropy) }
    }
    fn print(&self, text: &str) {
        self.inner.print(text);
    }
    fn wait(&self, deadline: Option<Instant>) {
        self.inner.wait(deadline);
    }
    fn interrupter(&self) -> Arc<dyn Fn() + Send + Sync> {
        self.inner.interrupter()
    }
    fn choose(&self, _: usize) -> usize {
        usize::MAX
    }
    fn variable(&self, name: &str) -> Option<String> {
        (name == "PORT").then(|| "99".into())
    }
    fn keys(&self) -> &'static [Spec<'static>] {
        ODD_KEYS
    }
    fn accept(&self, values: &Values) -> Result<(), String> {
        self.disks.replace(values.list("disk"));
        match self.disks.borrow().iter().find(|disk| !disk.contains('=')) {
            Some(disk) => Err(format!("--disk {disk}: give it as NAME=FILE")),
            None => Ok(()),
        }
    }
}

#[test]
fn a_machine_without_entropy_does_not_start_the_program() {
    let rehearsal = Rehearsal::new(0);
    let status = run(Odd::new(&rehearsal, false), &APP, ["--name=x".into()], async |_| {
        crate::print!("it was started");
    });
    assert_eq!(status, Status(69));
    assert_eq!(
        rehearsal.console(),
        "site: no source of entropy, and without one no random number is safe\n"
    );
}

#[test]
fn a_machine_has_keys_and_an_environment_of_its_own() {
    let rehearsal = Rehearsal::new(0);
    let machine = Odd::new(&rehearsal, true);
    let words = ["--disk=data=x.img", "--name=x"].map(String::from);
    let start = async |boot: Boot| assert_eq!(boot.get::<u16>("port"), 99);
    assert_eq!(run(Rc::clone(&machine) as Rc<dyn Machine>, &APP, words, start), Status(0));
    assert_eq!(*machine.disks.borrow(), ["data=x.img"]);

    let words = ["--disk=data", "--name=x"].map(String::from);
    assert_eq!(run(machine, &APP, words, async |_| ()), Status(64));
    assert!(rehearsal.console().contains("site: --disk data: give it as NAME=FILE\n"));
}

#[test]
fn a_run_ends_although_tasks_are_left() {
    let rehearsal = Rehearsal::new(0);
    run(rehearsal.machine(), &APP, ["--name=x".into()], async |_| {
        drop(crate::spawn(core::future::pending::<()>()));
        sleep(Duration::from_secs(1)).await;
        assert_eq!(now().since_boot().as_secs(), 1);
    });
    assert_eq!(rehearsal.now().since_boot().as_secs(), 1);
}

#[test]
fn a_choice_that_is_too_large_is_the_last() {
    let machine = Odd::new(&Rehearsal::new(0), true);
    run(machine, &APP, ["--name=x".into()], async |_| {
        let order: Rc<RefCell<Vec<u32>>> = Rc::default();
        for name in 0..4 {
            let order = Rc::clone(&order);
            drop(crate::spawn(async move { order.borrow_mut().push(name) }));
        }
        sleep(Duration::from_secs(1)).await;
        assert_eq!(*order.borrow(), [3, 2, 1, 0]);
    });
}
