//! What a picture of a plan shows: cards, and edges between them.

use sarab_compose::plan::{Argument, DeviceId, Job, Plan, Resource};

use super::card::{Card, Line, Role};
use super::layers;
use crate::family::Family;
use crate::graph::{self, Need, Node};
use crate::words;

/// How one card needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// It is given it.
    Given,
    /// The other has to be made before.
    After,
    /// It asks the host for it.
    Asks,
}

/// What a picture shows.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    /// The name of the unikernel.
    pub(super) name: String,
    /// What it is made for (`for unix`), if that is known.
    pub(super) made_for: String,
    /// The cards: jobs, then devices with users before what they use, then what the host gives.
    pub(super) cards: Vec<Card>,
    /// The edges, from smaller numbers of cards to greater ones.
    pub(super) links: Vec<(usize, usize, Link)>,
    /// How many cards are jobs.
    jobs: usize,
    /// The first card of the host.
    host: usize,
}

impl Scene {
    /// Chooses what is to be shown of a plan.
    pub(super) fn of(plan: &Plan) -> Self {
        let resources = graph::resources(plan);
        let jobs = plan.jobs.len();
        let host = jobs + plan.devices.len();
        let card_of = |id: DeviceId| host - 1 - id;
        let mut cards: Vec<_> = plan.jobs.iter().map(|job| job_card(plan, job)).collect();
        cards.extend((0..plan.devices.len()).rev().map(|id| device_card(plan, id)));
        cards.extend(resources.iter().map(|(resource, _)| host_card(resource)));
        let mut links = Vec::new();
        let nodes = (0..jobs).map(Node::Job).chain((0..plan.devices.len()).rev().map(Node::Device));
        for (card, node) in nodes.enumerate() {
            links.extend(graph::needs(plan, node).into_iter().map(|(id, need)| match need {
                Need::Given => (card, card_of(id), Link::Given),
                Need::After => (card, card_of(id), Link::After),
            }));
        }
        for (at, (_, askers)) in resources.iter().enumerate() {
            links.extend(askers.iter().map(|id| (card_of(*id), host + at, Link::Asks)));
        }
        Self { name: plan.name.clone(), made_for: words::made_for(plan), cards, links, jobs, host }
    }

    /// The edges, as pairs of cards.
    pub(super) fn edges(&self) -> Vec<(usize, usize)> {
        self.links.iter().map(|(from, to, _)| (*from, *to)).collect()
    }

    /// The row of each card.
    pub(super) fn layers(&self) -> Vec<usize> {
        layers::assign(self.jobs, self.host..self.cards.len(), &self.edges())
    }

    /// The width and height of each card.
    pub(super) fn sizes(&self) -> Vec<(f64, f64)> {
        self.cards.iter().map(|card| (card.width, card.height)).collect()
    }

    /// The first card of the host, if there is one.
    pub(super) fn first_of_host(&self) -> Option<usize> {
        (self.host < self.cards.len()).then_some(self.host)
    }

    /// The picture in a sentence or two.
    pub(super) fn description(&self) -> String {
        let names = |from: usize, to: usize| {
            let cards = self.cards[from..to].iter();
            cards.map(|card| card.title.lines().next().unwrap_or("")).collect::<Vec<_>>().join(", ")
        };
        let part = |from: usize, to: usize, noun: &str| {
            let count = words::count(to - from, noun);
            if from == to { format!("{count}.") } else { format!("{count}: {}.", names(from, to)) }
        };
        let host = if self.host == self.cards.len() {
            "Nothing is asked of the host.".to_owned()
        } else {
            format!("Asked of the host: {}.", names(self.host, self.cards.len()))
        };
        format!("{} {} {host}", part(0, self.jobs, "job"), part(self.jobs, self.host, "device"))
    }
}

fn job_card(plan: &Plan, job: &Job) -> Card {
    let mut lines = vec![Line::Head(job.function.clone(), "job".to_owned())];
    lines.extend(keys(plan, &job.arguments));
    let title = format!("{}\n{}", words::job(job), words::place(&job.origin));
    Card::new(Role::Job, title, lines)
}

fn device_card(plan: &Plan, id: DeviceId) -> Card {
    let device = &plan.devices[id];
    let mut lines = vec![Line::Head(device.name.clone(), device.kind.clone())];
    if !device.label.is_empty() {
        lines.push(Line::Label(device.label.clone()));
    }
    lines.extend(keys(plan, &device.arguments));
    lines.extend(plan.decisions.iter().filter(|it| it.device == id).map(|decision| {
        let others = words::alternatives(decision).map(str::to_owned).collect();
        Line::Choice(decision.question.clone(), decision.answer.clone(), others)
    }));
    let call = words::call(plan, &device.constructor, &device.arguments);
    let place = words::place(&device.origin);
    let title = format!("{}: {}\n{}\n{call}\n{place}", device.name, device.kind, device.label);
    Card::new(Role::Device(Family::of(&device.kind)), title, lines)
}

fn keys<'p>(plan: &'p Plan, arguments: &'p [Argument]) -> impl Iterator<Item = Line> + 'p {
    words::boot_keys(plan, arguments).map(|key| {
        let value = words::value(key);
        Line::Key(format!("--{}", key.name), value.ok_or_else(|| words::source(key)))
    })
}

fn host_card(resource: &Resource) -> Card {
    let ask = words::ask(resource);
    let label = match ask.default {
        Some(file) => format!("{} {file}", ask.what),
        None => ask.what.to_owned(),
    };
    let title = format!("{} {}\n{}", ask.what, ask.name, ask.option);
    Card::new(
        Role::Host,
        title,
        vec![Line::Head(ask.name.to_owned(), String::new()), Line::Label(label)],
    )
}
