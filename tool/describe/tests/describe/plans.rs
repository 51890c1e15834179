//! Plans to describe: a small one, a middle one, a large one, and one whose names are hostile.

use sarab_compose::plan::{
    Argument, Arity, Constructor, Decision, Device, DeviceId, Job, Key, Origin, Plan, Resource,
    Source, Stage,
};

fn at(line: u32) -> Origin {
    Origin { file: "config.rs".to_owned(), line, column: 17 }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Builds plans.
pub(crate) struct Builder(Plan);

impl Builder {
    pub(crate) fn new(name: &str, target: &str) -> Self {
        Self(Plan {
            name: name.to_owned(),
            target: target.to_owned(),
            devices: Vec::new(),
            jobs: Vec::new(),
            keys: Vec::new(),
            decisions: Vec::new(),
            modules: Vec::new(),
            files: Vec::new(),
        })
    }

    fn next_line(&self) -> u32 {
        u32::try_from(self.0.devices.len() + self.0.keys.len()).unwrap() + 4
    }

    pub(crate) fn device(
        &mut self,
        (name, kind, label): (&str, &str, &str),
        constructor: Constructor,
        arguments: &[Argument],
    ) -> DeviceId {
        let origin = at(self.next_line());
        self.0.devices.push(Device {
            name: name.to_owned(),
            kind: kind.to_owned(),
            label: label.to_owned(),
            constructor,
            arguments: arguments.to_vec(),
            after: Vec::new(),
            crates: Vec::new(),
            resources: Vec::new(),
            decisions: Vec::new(),
            origin,
        });
        self.0.devices.len() - 1
    }

    pub(crate) fn after(&mut self, device: DeviceId, before: DeviceId) {
        self.0.devices[device].after.push(before);
    }

    pub(crate) fn asks(&mut self, device: DeviceId, resource: Resource) {
        self.0.devices[device].resources.push(resource);
    }

    pub(crate) fn decide(&mut self, device: DeviceId, key: &str, answer: &str, answers: &[&str]) {
        let origin = at(self.next_line());
        let number = self.0.decisions.len();
        if let Some(device) = self.0.devices.get_mut(device) {
            device.decisions.push(number);
        }
        self.0.decisions.push(Decision {
            question: key.to_owned(),
            answer: answer.to_owned(),
            answers: strings(answers),
            keys: strings(&[key]),
            device,
            origin,
        });
    }

    pub(crate) fn key(
        &mut self,
        name: &str,
        default: Option<&str>,
        stage: Stage,
        doc: &str,
    ) -> &mut Key {
        let origin = at(self.next_line());
        self.0.keys.push(Key {
            name: name.to_owned(),
            group: None,
            doc: doc.to_owned(),
            value_name: "VALUE".to_owned(),
            rust_type: "String".to_owned(),
            stage,
            arity: if default.is_some() { Arity::Default } else { Arity::Required },
            default: default.map(str::to_owned),
            configured: Vec::new(),
            source: Source::Default,
            environment: None,
            aliases: Vec::new(),
            choices: Vec::new(),
            is_live: true,
            origin,
        });
        self.0.keys.last_mut().unwrap()
    }

    pub(crate) fn job(&mut self, function: &str, parameters: &[&str], arguments: &[Argument]) {
        let origin = at(30 + u32::try_from(self.0.jobs.len()).unwrap());
        self.0.jobs.push(Job {
            function: function.to_owned(),
            parameters: strings(parameters),
            arguments: arguments.to_vec(),
            after: Vec::new(),
            origin,
        });
    }

    pub(crate) fn plan(mut self) -> Plan {
        self.0.keys.sort_by(|left, right| left.name.cmp(&right.name));
        self.0
    }
}

fn open(path: &str) -> Constructor {
    Constructor::Open(path.to_owned())
}

fn method(name: &str) -> Constructor {
    Constructor::Method(name.to_owned())
}

fn boot(key: &str) -> Argument {
    Argument::Boot(key.to_owned())
}

fn fixed(expression: &str) -> Argument {
    Argument::Fixed(expression.to_owned())
}

fn given(device: DeviceId) -> Argument {
    Argument::Device(device)
}

fn network(name: &str) -> Resource {
    Resource::Network { name: name.to_owned() }
}

fn disk(name: &str) -> Resource {
    Resource::Disk { name: name.to_owned(), default: Some(format!("{name}.img")) }
}

/// A job that needs nothing but a greeting.
pub(crate) fn hello() -> Plan {
    let mut plan = Builder::new("hello", "unix");
    plan.key("greeting", Some("Hello"), Stage::Both, "What to say first.");
    plan.job("start", &["String"], &[boot("greeting")]);
    plan.plan()
}

/// A web site on its own stack, with pages and a disk.
pub(crate) fn site() -> Plan {
    let mut plan = Builder::new("site", "unix");
    let port = "TCP port to listen on. Ports below 1024 need a privilege on most hosts.";
    plan.key("port", Some("8080"), Stage::Both, port);
    let net = plan.key("net", Some("socket"), Stage::Configure, "Which network stack to use.");
    net.configured = strings(&["direct"]);
    net.source = Source::CommandLine;
    let address = plan.key("ipv4", None, Stage::Both, "The address of the stack, with its prefix.");
    address.configured = strings(&["10.0.0.2/24"]);
    address.source = Source::Environment;
    address.environment = Some("SITE_IPV4".to_owned());
    plan.key("pages", Some("embedded"), Stage::Configure, "Where the pages come from.");
    plan.key("token", None, Stage::Boot, "What visitors must say.");
    plan.key("gateway", None, Stage::Both, "The router.").arity = Arity::Optional;
    plan.key("tls", Some("false"), Stage::Configure, "Speaks TLS.").is_live = false;
    let card = plan.device(
        ("service_net", "Net", "tap"),
        open("sarab_unix::TapNet::open"),
        &[fixed("\"service\"")],
    );
    plan.asks(card, network("service"));
    let stack = plan.device(
        ("service", "Stack", "TCP/IP stack"),
        open("sarab_stack::Stack::start"),
        &[given(card), boot("ipv4"), boot("gateway")],
    );
    plan.decide(stack, "net", "direct", &["socket", "direct"]);
    let tcp =
        plan.device(("service_tcp", "Tcp", "TCP of the stack"), method("tcp"), &[given(stack)]);
    let pages = plan.device(
        ("htdocs", "KvRead", "files in the image"),
        open("sarab_archive::Embedded::open"),
        &[fixed("&htdocs::FILES")],
    );
    plan.decide(pages, "pages", "embedded", &["embedded", "tar", "dir"]);
    let data = plan.device(
        ("data", "Block", "disk"),
        open("sarab_unix::FileBlock::open"),
        &[fixed("\"data\"")],
    );
    plan.asks(data, disk("data"));
    plan.job(
        "start",
        &["Tcp", "KvRead", "Block", "u16", "String"],
        &[given(tcp), given(pages), given(data), boot("port"), boot("token")],
    );
    plan.plan()
}

/// Two networks, five disks, three jobs, 24 devices.
pub(crate) fn large() -> Plan {
    let mut plan = Builder::new("gateway", "unix");
    for (group, value) in [("in", "10.0.0.1/24"), ("out", "192.168.7.1/16")] {
        let doc = format!("The address on the {group} side.");
        plan.key(&format!("{group}-ipv4"), Some(value), Stage::Both, &doc);
    }
    plan.key("store", Some("fat"), Stage::Configure, "The format of the disks.");
    plan.key("log-level", Some("info"), Stage::Both, "How much to say.");
    let clock = plan.device(("clock", "Clock", "wall clock"), open("sarab_unix::Clock::open"), &[]);
    let mut tcps = Vec::new();
    let mut udps = Vec::new();
    for group in ["in", "out"] {
        let name = |what: &str| format!("{group}{what}");
        let card =
            plan.device((&name("_net"), "Net", "tap"), open("sarab_unix::TapNet::open"), &[]);
        plan.asks(card, network(group));
        let key = boot(&format!("{group}-ipv4"));
        let stack = plan.device(
            (&name(""), "Stack", "TCP/IP stack"),
            open("sarab_stack::Stack::start"),
            &[given(card), key],
        );
        plan.after(stack, clock);
        let tcp = plan.device((&name("_tcp"), "Tcp", "TCP"), method("tcp"), &[given(stack)]);
        let udp = plan.device((&name("_udp"), "Udp", "UDP"), method("udp"), &[given(stack)]);
        tcps.push(tcp);
        udps.push(udp);
    }
    let mut stores = Vec::new();
    for (place, name) in ["users", "mail", "pages", "cache", "logs"].into_iter().enumerate() {
        let block = plan.device(
            (&format!("{name}_disk"), "Block", "disk"),
            open("sarab_unix::FileBlock::open"),
            &[],
        );
        plan.asks(block, disk(name));
        let kind =
            if place < 3 { ("Fs", "FAT file system") } else { ("Kv", "log-structured store") };
        let store = plan.device((name, kind.0, kind.1), open("sarab_store::open"), &[given(block)]);
        plan.decide(store, "store", "fat", &["fat", "log", "tar", "littlefs"]);
        stores.push(store);
    }
    let resolver = plan.device(
        ("resolver", "Resolver", "DNS resolver"),
        open("site::Resolver::open"),
        &[given(udps[1]), given(stores[3])],
    );
    let tls = plan.device(
        ("secure", "Tcp", "TLS over TCP"),
        open("sarab_tls::Tls::open"),
        &[given(tcps[0]), given(stores[0])],
    );
    plan.after(tls, clock);
    let journal = plan.device(
        ("journal", "Journal", "what happened, in order"),
        open("site::Journal::open"),
        &[given(stores[4]), given(clock), boot("log-level")],
    );
    let mailbox = plan.device(
        ("mailbox", "Mailbox", "mail of all users"),
        open("site::Mailbox::open"),
        &[given(stores[0]), given(stores[1])],
    );
    let proxy = plan.device(
        ("proxy", "Proxy", "forwards requests"),
        open("site::Proxy::open"),
        &[given(tcps[1]), given(resolver)],
    );
    plan.job(
        "web::start",
        &["Tcp", "Fs", "Proxy", "Journal"],
        &[given(tls), given(stores[2]), given(proxy), given(journal)],
    );
    plan.job(
        "mail::start",
        &["Tcp", "Mailbox", "Journal"],
        &[given(tcps[0]), given(mailbox), given(journal)],
    );
    plan.job("dns::start", &["Udp", "Resolver"], &[given(udps[0]), given(resolver)]);
    plan.plan()
}

/// Names that mean something to DOT, XML and terminals, and ids that name nothing.
pub(crate) fn hostile() -> Plan {
    let mut plan = Builder::new("a \"b\" <c> & 'd' \\N", "un\u{1b}[31mix\\");
    plan.key("k<&\"", Some("v]]>&\"\n</text>"), Stage::Both, "<b>bold</b> & \\more");
    let low = plan.device(
        ("low<&>\"\\", "K&R", "]]> <script> \u{7}"),
        open("a::<B>::c"),
        &[fixed("\"<&>\\\"\""), boot("k<&\""), boot("nobody knows"), given(77)],
    );
    plan.asks(low, disk("d\"&<"));
    plan.decide(low, "q\"<&", "a\\\"", &["a\\\"", "<&>"]);
    plan.after(low, 0);
    let high = plan.device(
        (
            "high",
            "Ki\u{4e16}\u{754c}",
            "\u{4e16}\u{754c} of many words that go on and on and on without an end in sight",
        ),
        method("m"),
        &[given(low), given(low), given(1), given(9)],
    );
    plan.decide(99, "q", "x", &[]);
    plan.job("j<>", &["A<'a, \"&\">"], &[given(high), given(5), given(low)]);
    plan.plan()
}
