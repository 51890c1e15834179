//! What `render_svg` writes, as XML and to a reader who does not see it.

use roxmltree::Document;
use sarab_describe::render_svg;

use crate::plans;

#[test]
fn every_picture_is_well_formed_and_refers_to_nothing_outside() {
    for plan in [plans::hello(), plans::site(), plans::large(), plans::hostile()] {
        let svg = render_svg(&plan);
        let document = Document::parse(&svg).unwrap();
        assert_eq!(document.root_element().tag_name().name(), "svg");
        assert!(!svg.contains("href") && !svg.contains("url(") && !svg.contains("@import"));
    }
}

#[test]
fn equal_plans_make_equal_bytes() {
    assert_eq!(render_svg(&plans::large()), render_svg(&plans::large()));
}

#[test]
fn names_come_through_whatever_they_hold() {
    let svg = render_svg(&plans::hostile());
    let document = Document::parse(&svg).unwrap();
    let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
    for name in ["a \"b\" <c> & 'd' \\N", "low<&>\"\\", "j<>", "d\"&<"] {
        assert!(texts.contains(&name), "{name}");
    }
}

#[test]
fn the_description_tells_what_there_is_to_see() {
    let svg = render_svg(&plans::site());
    let document = Document::parse(&svg).unwrap();
    assert_eq!(says_of(&document, "title"), "site for unix");
    assert_eq!(
        says_of(&document, "desc"),
        "1 job: start(Tcp, KvRead, Block, u16, String). 5 devices: data: Block, htdocs: KvRead, \
         service_tcp: Tcp, service: Stack, service_net: Net. Asked of the host: network card \
         service, disk data."
    );
}

fn says_of<'d>(document: &'d Document<'_>, name: &str) -> &'d str {
    let is_it = |node: &roxmltree::Node<'_, '_>| node.tag_name().name() == name;
    document.root_element().children().find(is_it).and_then(|node| node.text()).unwrap()
}

#[test]
fn each_way_of_being_chosen_is_shown() {
    let svg = render_svg(&plans::site());
    assert!(svg.contains("<tspan class=\"chosen\" dx=\"3\">embedded</tspan>"));
    assert!(svg.contains("<tspan class=\"other\" dx=\"3\">tar</tspan>"));
    assert!(svg.contains("<tspan class=\"value\">10.0.0.2/24</tspan>"));
    assert!(svg.contains("<tspan class=\"lack\">required</tspan>"));
}

#[test]
fn a_legend_stands_only_where_it_explains_something() {
    assert!(!render_svg(&plans::hello()).contains(">network<"));
    assert!(render_svg(&plans::site()).contains(">network<"));
    assert!(!render_svg(&plans::site()).contains("made before"));
    assert!(render_svg(&plans::large()).contains("made before"));
}
