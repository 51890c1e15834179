//! What may be attached, and what is refused.

use sarab_runtime::key::{Value, parse};

use super::*;

const RESOURCES: &[Resource] =
    &[Resource::Disk("data"), Resource::Disk("log"), Resource::Network("service")];

fn attach(words: &[&str]) -> Result<Attachments, Refused> {
    let values = parse(KEYS, words.iter().map(ToString::to_string)).expect("the keys are sound");
    Attachments::new(&values, Some(RESOURCES))
}

#[track_caller]
fn check_refused(words: &[&str], expected: &str) {
    let refused = attach(words).expect_err("it is refused");
    assert_eq!(refused.to_string(), expected);
}

#[test]
fn devices_are_looked_up_by_name() {
    let all = attach(&["--disk=data=a.img", "--net", "service=tap:tap7", "--publish", "80:8080"]);
    let all = all.expect("all is known");
    assert_eq!(all.disk("data"), Some(Path::new("a.img")));
    assert_eq!(all.disk("log"), None);
    assert_eq!(all.tap("service"), Some("tap7"));
    assert_eq!(all.published()[&8080].port(), 80);
}

#[test]
fn what_the_unikernel_does_not_have_is_refused_by_name() {
    check_refused(
        &["--disk", "dada=a.img"],
        "--disk dada: this unikernel has no disk `dada`, did you mean `data`?",
    );
    check_refused(
        &["--disk", "zzzzzz=a.img"],
        "--disk zzzzzz: this unikernel has no disk `zzzzzz`, only `data`, `log`",
    );
    check_refused(
        &["--folder", "pages=htdocs"],
        "--folder pages: this unikernel has no folder `pages`, and none of another name",
    );
}

#[test]
fn nothing_is_attached_twice() {
    check_refused(
        &["--disk=data=a.img", "--disk=data=b.img"],
        "--disk data: given twice; one disk is one thing",
    );
    check_refused(
        &["--publish=80:8080,81:8080"],
        "--publish: port 8080 of the unikernel is given twice",
    );
}

#[test]
fn words_that_attach_nothing_are_wrong() {
    for wrong in ["data", "=a.img", "data=", ""] {
        assert!(Attached::<PathBuf>::parse(wrong).is_err(), "{wrong:?}");
    }
    for wrong in ["service", "service=tap", "service=tap:", "service=vde:x", "=tap:tap0"] {
        assert!(Attached::<Backend>::parse(wrong).is_err(), "{wrong:?}");
    }
    for wrong in
        ["80", "80:", ":80", "80:0", "0:80", "127.0.0.1:0:80", "80:65536", "a:80", "1.2.3.4:80"]
    {
        assert!(Publish::parse(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn words_come_back() {
    for text in ["80:8080", "127.0.0.1:80:8080", "[::1]:80:8080"] {
        assert_eq!(Publish::parse(text).expect("a port").render(), text);
    }
    let text = "service=tap:tap0";
    assert_eq!(Attached::<Backend>::parse(text).expect("a tap").render(), text);
    let text = "data=/a=b.img";
    assert_eq!(Attached::<PathBuf>::parse(text).expect("a file").render(), text);
}
