//! Command lines, good and bad.

use super::*;

fn read(words: &str) -> Result<Command, Failure> {
    Command::read(words.split_whitespace().map(OsString::from))
}

fn order(words: &str) -> Order {
    match read(words) {
        Ok(Command::Run(order)) => order,
        _ => panic!("not to be run: {words}"),
    }
}

#[test]
fn what_follows_the_image_is_the_guests() {
    let order = order("--tender spt image --publish 1 -h -- x");
    assert_eq!(order.guest, ["--publish", "1", "-h", "--", "x"]);
    assert!(order.publish.is_empty());
}

#[test]
fn the_tender_gets_its_options_then_the_cards_then_the_image() {
    let order = order(
        "--tender spt --net a=tap:x --publish 80:8080 --memory=64M --machine q35 --disk d=f image --x 1.2/8",
    );
    let words = order.words(vec!["--debug".into()], &["b=tap:tap0".into()]);
    let expected = "--debug --net a=tap:x --memory 64M --machine q35 --disk d=f --net b=tap:tap0 image --x 1.2/8";
    assert!(words.iter().eq(expected.split(' ')), "{words:?}");
    assert_eq!(order.attached, ["a"]);
}

#[test]
fn a_wrong_command_line_is_refused_with_the_right_one() {
    for (words, what) in [
        ("image", "`--tender PATH` is missing"),
        ("--tender spt", "the image is missing"),
        ("--tender spt --nets a=b image", "invalid option '--nets'"),
        ("--tender spt --net a image", "--net a: it is NAME=BACKEND"),
        ("--tender spt --publish 80 image", "HOST:GUEST"),
        ("--tender", "missing argument for option '--tender'"),
    ] {
        let failure = read(words).err().expect("it is refused");
        assert_eq!(failure.status(), Status::USAGE);
        let text = failure.to_string();
        assert!(text.contains(what) && text.contains("sarab-host --tender PATH"), "{text}");
    }
}
