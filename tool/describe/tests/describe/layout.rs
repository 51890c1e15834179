//! Where things are in a picture, measured in the finished SVG.

use proptest::prelude::*;
use roxmltree::{Document, Node};
use sarab_compose::plan::{Argument, Constructor, Plan, Resource};
use sarab_describe::render_svg;

use crate::plans::{self, Builder};

#[derive(Clone, Copy, Debug)]
struct Card {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

fn translation(node: Node<'_, '_>) -> (f64, f64) {
    let transform = node.attribute("transform").unwrap();
    let inner = transform.strip_prefix("translate(").unwrap().strip_suffix(')').unwrap();
    let (x, y) = inner.split_once(' ').unwrap();
    (x.parse().unwrap(), y.parse().unwrap())
}

fn has_class(node: Node<'_, '_>, class: &str) -> bool {
    node.attribute("class").is_some_and(|all| all.split(' ').any(|it| it == class))
}

/// The group that holds the graph, and the cards in it.
fn cards<'d>(document: &'d Document<'_>) -> (Node<'d, 'd>, Vec<Card>) {
    let graph = document.root_element().children().find(|node| node.has_attribute("transform"));
    let graph = graph.unwrap();
    let cards = graph.children().filter(|node| node.tag_name().name() == "g").map(|group| {
        let (left, top) = translation(group);
        let rect = group.children().find(|node| has_class(*node, "card")).unwrap();
        let (right, bottom) = (left + number(rect, "width"), top + number(rect, "height"));
        Card { left, top, right, bottom }
    });
    (graph, cards.collect())
}

/// The points of a line, with those that its curves are pulled to.
fn points(path: &str) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    let starts = path.char_indices().filter(|(_, letter)| letter.is_ascii_uppercase());
    let starts: Vec<_> = starts.map(|(at, _)| at).chain([path.len()]).collect();
    for part in starts.windows(2).map(|pair| &path[pair[0]..pair[1]]) {
        let numbers: Vec<f64> = part[1..].split(' ').map(|it| it.parse().unwrap()).collect();
        if part.starts_with('V') {
            points.push((points.last().unwrap().0, numbers[0]));
        } else {
            points.extend(numbers.chunks(2).map(|pair| (pair[0], pair[1])));
        }
    }
    points
}

fn check(plan: &Plan) {
    let svg = render_svg(plan);
    assert_eq!(svg, render_svg(plan), "the same plan, the same picture");
    let document = Document::parse(&svg).unwrap();
    let (graph, cards) = cards(&document);
    let (x, y) = translation(graph);
    let (width, height) =
        (number(document.root_element(), "width"), number(document.root_element(), "height"));
    for (at, card) in cards.iter().enumerate() {
        assert!(card.left + x >= 0.0 && card.right + x <= width, "{card:?} on the paper");
        assert!(card.top + y >= 0.0 && card.bottom + y <= height, "{card:?} on the paper");
        for other in &cards[..at] {
            let is_apart = card.right < other.left
                || other.right < card.left
                || card.bottom < other.top
                || other.bottom < card.top;
            assert!(is_apart, "{card:?} and {other:?} overlap");
        }
    }
    for line in graph.children().filter(|node| has_class(*node, "edge")) {
        check_line(&points(line.attribute("d").unwrap()), &cards);
    }
}

fn check_line(points: &[(f64, f64)], cards: &[Card]) {
    for pair in points.windows(2) {
        let ((x, from), (_, to)) = (pair[0], pair[1]);
        assert!(from <= to, "a line goes up: {points:?}");
        let is_straight = (pair[0].0 - pair[1].0).abs() < 0.1;
        let is_inside = |card: &&Card| {
            card.left < x && x < card.right && from < card.bottom - 0.6 && card.top + 0.6 < to
        };
        if is_straight {
            assert!(cards.iter().find(is_inside).is_none(), "{points:?} goes through a card");
        }
    }
    let ((x, top), (end_x, end)) = (points[0], points[points.len() - 1]);
    assert!(cards.iter().any(|it| (it.bottom - top).abs() < 1.0 && it.left < x && x < it.right));
    let is_end =
        |it: &Card| (it.top - end - 6.0).abs() < 1.0 && it.left < end_x && end_x < it.right;
    assert!(cards.iter().any(is_end), "{points:?} ends at a card");
}

#[test]
fn known_plans_are_laid_out_well() {
    for plan in [plans::hello(), plans::site(), plans::large(), plans::hostile()] {
        check(&plan);
    }
}

#[test]
fn a_plan_of_nothing_is_a_picture_too() {
    check(&Builder::new("void", "").plan());
}

#[test]
fn what_the_host_gives_is_below_everything() {
    let svg = render_svg(&plans::large());
    let document = Document::parse(&svg).unwrap();
    let (graph, cards) = cards(&document);
    let tops = graph.children().filter(|node| has_class(*node, "host"));
    let tops: Vec<f64> = tops.map(|node| translation(node).1).collect();
    let last = cards.iter().map(|card| card.top).fold(0.0, f64::max);
    assert_eq!(tops.len(), 7);
    assert!(tops.iter().all(|top| (top - last).abs() < 0.1), "{tops:?}");
}

/// A plan of devices that need the ones before them as the bits say.
fn plan(devices: &[(u32, u32, bool)], jobs: &[u32]) -> Plan {
    let mut plan = Builder::new("any", "unix");
    let chosen = |bits: u32, count: usize| {
        let bits = (0..count).filter(move |at| bits >> (at % 32) & 1 == 1);
        bits.map(Argument::Device).collect::<Vec<_>>()
    };
    for (id, (given, after, asks)) in devices.iter().enumerate() {
        let name = "device".repeat(id % 4 + 1);
        let made = Constructor::Make("x".to_owned());
        plan.device((&name, "Net", "any"), made, &chosen(*given, id));
        for before in (0..id).filter(|at| after >> (at % 32) & 1 == 1) {
            plan.after(id, before);
        }
        if *asks {
            plan.asks(id, Resource::Network { name: format!("n{}", id % 5) });
        }
    }
    for job in jobs {
        plan.job("job", &[], &chosen(*job, devices.len()));
    }
    plan.plan()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn any_plan_is_laid_out_without_overlaps_and_with_all_lines_down(
        devices in prop::collection::vec((few_bits(), few_bits(), any::<bool>()), 0..24),
        jobs in prop::collection::vec(few_bits(), 0..4),
    ) {
        check(&plan(&devices, &jobs));
    }
}

fn few_bits() -> impl Strategy<Value = u32> {
    (any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(a, b, c)| a & b & c)
}
