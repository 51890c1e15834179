//! Every way to write a key, and every way to write it wrong.

use super::*;
use alloc::string::ToString;

const KEYS: &[Spec] = &[
    Spec::new::<u16>("port", "").default("8080").aliases(&[
        Alias::new("p"),
        Alias::new("listen"),
        Alias::with_value("web", "80"),
    ]),
    Spec::new::<i32>("offset", "").optional().env("OFFSET"),
    Spec::new::<bool>("loud", "").flag(),
    Spec::new::<String>("name", "").list(),
    Spec::new::<String>("mode", "").optional().choices(&["fast", "safe"]),
];

fn read(words: &[&str]) -> Result<Values, Usage> {
    parse(KEYS, words.iter().map(ToString::to_string))
}

fn error(words: &[&str]) -> String {
    let Err(Usage::Error(error)) = read(words) else { panic!("{words:?} were read") };
    error.to_string()
}

#[test]
fn a_value_is_read_in_each_way_to_write_it() {
    for words in
        [&["--port", "99"][..], &["--port=99"], &["-p", "99"], &["-p=99"], &["--listen", "99"]]
    {
        assert_eq!(read(words).unwrap().get::<u16>("port"), 99, "{words:?}");
    }
    assert_eq!(read(&["--web"]).unwrap().get::<u16>("port"), 80);
}

#[test]
fn a_negative_number_is_a_value() {
    assert_eq!(read(&["--offset", "-5"]).unwrap().optional("offset"), Some(-5));
    assert_eq!(read(&["--offset=-5"]).unwrap().optional("offset"), Some(-5));
}

#[test]
fn a_flag_is_switched_on_and_off() {
    assert!(!read(&[]).unwrap().flag("loud"));
    assert!(read(&["--loud"]).unwrap().flag("loud"));
    assert!(!read(&["--no-loud"]).unwrap().flag("loud"));
    let keys = [KEYS[2].configured(&["true"])];
    assert!(parse(&keys, []).unwrap().flag("loud"));
    assert!(!parse(&keys, ["--no-loud".to_string()]).unwrap().flag("loud"));
}

#[test]
fn a_word_of_its_own_is_no_negation() {
    let flag = Spec::new::<bool>("tls", "").flag();
    let word = Spec::new::<String>("no-tls", "").list();
    for keys in [[flag, word], [word, flag]] {
        let values = parse(&keys, ["--no-tls=localhost".to_string()]).unwrap();
        assert_eq!(values.list::<String>("no-tls"), ["localhost"]);
        assert!(!values.flag("tls"));
    }
}

#[test]
fn a_list_grows_by_words_and_by_commas() {
    let values = read(&["--name=a,b", "--name", r"c\,d"]).unwrap();
    assert_eq!(values.list::<String>("name"), ["a", "b", "c,d"]);
    assert!(read(&[]).unwrap().list::<String>("name").is_empty());
}

#[test]
fn what_follows_two_dashes_is_kept_as_it_is() {
    let values = read(&["--loud", "--", "--port", "x"]).unwrap();
    assert_eq!(values.rest(), ["--port", "x"]);
    assert_eq!(values.get::<u16>("port"), 8080);
}

#[test]
fn a_boot_value_wins_over_a_configured_one_and_that_over_the_default() {
    let plain = [Spec::new::<u16>("port", "").default("1")];
    let configured = [plain[0].configured(&["2"])];
    let words = || ["--port=3".to_string()];
    let told = |keys: &[Spec], words: &[String]| {
        let values = parse(keys, words.iter().cloned()).unwrap();
        (values.get::<u16>("port"), values.source("port"))
    };
    assert_eq!(told(&plain, &[]), (1, Source::Default));
    assert_eq!(told(&configured, &[]), (2, Source::Configured));
    assert_eq!(told(&configured, &words()), (3, Source::CommandLine));
}

#[test]
fn a_given_list_replaces_a_configured_one() {
    let keys = [KEYS[3].default("a,b").configured(&["c,c", "d"])];
    assert_eq!(parse(&keys, []).unwrap().list::<String>("name"), ["c,c", "d"]);
    let values = parse(&keys, ["--name=e".to_string()]).unwrap();
    assert_eq!(values.list::<String>("name"), ["e"]);
    let values = parse(&[KEYS[3].default("a,b")], []).unwrap();
    assert_eq!(values.list::<String>("name"), ["a", "b"]);
}

#[test]
fn an_environment_variable_stands_between_the_configuration_and_the_command_line() {
    let keys = [KEYS[1].configured(&["1"])];
    let environment = |name: &str| (name == "OFFSET").then(|| "2".to_string());
    let values = parse_with(&keys, [], environment).unwrap();
    assert_eq!(values.optional("offset"), Some(2));
    assert_eq!(values.source("offset"), Source::Environment);
    let values = parse_with(&keys, ["--offset=3".to_string()], environment).unwrap();
    assert_eq!(values.optional("offset"), Some(3));
}

#[test]
fn a_wrong_value_of_an_environment_variable_is_told_with_its_name() {
    let Err(usage) = parse_with(KEYS, [], |_| Some("x".into())) else { panic!("x was read") };
    assert_eq!(
        usage.to_string(),
        "wrong value \"x\" for --offset (from OFFSET): \
         expected a whole number from -2147483648 to 2147483647",
    );
}

#[test]
fn help_is_asked_for_by_two_words() {
    assert_eq!(read(&["--help"]).unwrap_err(), Usage::Help);
    assert_eq!(read(&["--loud", "-h"]).unwrap_err(), Usage::Help);
    assert!(read(&["--", "--help"]).is_ok());
}

#[test]
fn an_unknown_key_is_told_the_nearest_one() {
    assert_eq!(error(&["--prot", "1"]), "unknown key --prot, did you mean --port?");
    assert_eq!(error(&["--lsiten=1"]), "unknown key --lsiten, did you mean --listen?");
    assert_eq!(error(&["--hepl"]), "unknown key --hepl, did you mean --help?");
    assert_eq!(error(&["--colour"]), "unknown key --colour");
    assert_eq!(error(&["-x"]), "unknown key -x");
}

#[test]
fn a_missing_key_is_named() {
    let keys = [Spec::new::<u16>("port", "").value_name("PORT")];
    let Err(usage) = parse(&keys, []) else { panic!("it was not missed") };
    assert_eq!(usage.to_string(), "missing key --port: give it as --port=PORT");
}

#[test]
fn a_missing_value_is_named() {
    assert_eq!(error(&["--port"]), "missing value for --port: give it as --port=N");
    assert_eq!(error(&["-p", "--loud"]), "missing value for -p: give it as -p=N");
}

#[test]
fn a_wrong_value_is_named_with_its_key() {
    assert_eq!(
        error(&["--port=80x"]),
        "wrong value \"80x\" for --port: expected a whole number from 0 to 65535",
    );
    assert_eq!(
        error(&["--mode=fats"]),
        "wrong value \"fats\" for --mode: expected one of fast, safe, did you mean fast?",
    );
}

#[test]
fn a_wrong_configured_value_is_an_error_too() {
    let keys = [KEYS[0].configured(&["-1"])];
    let Err(usage) = parse(&keys, []) else { panic!("-1 was read") };
    assert!(usage.to_string().starts_with("wrong value \"-1\" for --port"), "{usage}");
}

#[test]
fn a_value_for_a_flag_is_unwanted() {
    assert_eq!(error(&["--loud=true"]), "unwanted value \"true\": --loud takes none");
    assert_eq!(error(&["--web=81"]), "unwanted value \"81\": --web takes none");
    assert!(error(&["--loud", "true"]).starts_with("unexpected word \"true\""));
}

#[test]
fn a_key_with_one_value_is_not_given_twice() {
    assert_eq!(error(&["--port=1", "-p=2"]), "-p is given twice, but has one value");
    assert_eq!(error(&["--loud", "--loud"]), "--loud is given twice, but has one value");
    assert_eq!(error(&["--web", "--port=80"]), "--port is given twice, but has one value");
}

#[test]
fn a_word_without_dashes_is_unexpected() {
    assert_eq!(error(&["80"]), "unexpected word \"80\": a key starts with two dashes");
    assert!(error(&["-"]).starts_with("unexpected word"));
    assert!(error(&[""]).starts_with("unexpected word"));
}

#[test]
fn keys_of_two_groups_do_not_meet() {
    let keys = [
        Spec::new::<u16>("in-port", "").default("1"),
        Spec::new::<u16>("out-port", "").default("2"),
    ];
    let values = parse(&keys, ["--out-port=3".to_string()]).unwrap();
    assert_eq!((values.get::<u16>("in-port"), values.get::<u16>("out-port")), (1, 3));
}

#[test]
#[should_panic(expected = "key port is a u16, not a u32")]
fn asking_for_another_type_is_a_mistake_of_the_program() {
    let _: u32 = read(&[]).unwrap().get("port");
}

#[test]
#[should_panic(expected = "key prot is not declared")]
fn asking_for_an_undeclared_key_is_a_mistake_of_the_program() {
    let _: u16 = read(&[]).unwrap().get("prot");
}

/// Words that are nearly right, and some that are anything.
const WORD: &str =
    "-{0,3}(no-)?(port|p|loud|name|web|help|h|offset|mode)?(=?[a-z0-9,\\\\-]{0,3})|.{0,4}";

proptest::proptest! {
    #[test]
    fn no_words_make_it_panic(words in proptest::collection::vec(WORD, 0..6)) {
        let _ = parse(KEYS, words);
    }

    #[test]
    fn a_value_with_an_equals_sign_takes_any_text(text: String) {
        let keys = [Spec::new::<String>("name", "")];
        let values = parse(&keys, [format!("--name={text}")]).unwrap();
        proptest::prop_assert_eq!(values.get::<String>("name"), text);
    }
}
