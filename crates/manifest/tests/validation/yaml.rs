//! How texts are read.

use podlapse_manifest::submit;

#[test]
fn a_tag_may_be_written_in_octets() {
    let document = podlapse_manifest::read_yaml("a: !!%73tr 1\nb: 1\n").unwrap();
    assert_eq!(document.json, serde_json::json!({"a": "1", "b": 1}));
}

#[test]
fn a_key_without_its_colon_is_told_even_at_the_end() {
    let end = |text: &str| submit(text).diagnostics.remove(0).message;
    assert!(end("a:\n  b: c\n{").ends_with("yaml: line 4: could not find expected ':'"));
    assert!(end("a: !\"b\"\n").ends_with("yaml: did not find expected whitespace or line break"));
    assert!(end("a: !e! b\n").ends_with("yaml: did not find expected tag URI"));
    assert!(end("a: !b%4g c\n").ends_with("yaml: did not find URI escaped octet"));
    assert!(end("a: !b%ff c\n").ends_with("yaml: found an incorrect leading UTF-8 octet"));
    assert!(end("a: !b%e2%41%42 c\n").ends_with("yaml: found an incorrect trailing UTF-8 octet"));
}

#[test]
fn an_anchor_may_not_be_a_key_of_its_own_value() {
    let end = |text: &str| submit(text).diagnostics.remove(0).message;
    for text in ["a: &v\n  b: {*v}\n", "a: &v\n  b: {*v : c}\n", "a: &v\n  <<: *v\n", "a: &v\n  b: *v\n"] {
        assert!(end(text).ends_with("yaml: anchor 'v' value contains itself"), "{text}");
    }
}

#[test]
fn a_key_that_stands_twice_without_a_value_is_told_at_its_line() {
    let document = podlapse_manifest::read_yaml("a:\na:\nb: 1\nb: &b\nc: 1\n").unwrap();
    let lines: Vec<u32> = document.duplicates.iter().map(|(_, place)| place.line).collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn a_byte_order_mark_is_text_but_at_the_start() {
    let read = |text: &str| podlapse_manifest::read_yaml(text).expect("it is YAML").json;
    assert_eq!(read("\u{feff}a: 1\n\u{feff}b: 2\n"), serde_json::json!({"a": 1, "\u{feff}b": 2}));
}

#[test]
fn texts_are_read_with_the_faults_of_the_library() {
    let read = |text: &str| match podlapse_manifest::read_yaml(text) {
        Ok(document) => document.json.to_string(),
        Err(error) => error.message,
    };
    for (text, expected) in [
        // An empty collection is no key, and what follows the document is not looked at.
        ("{}: x", "{}"),
        ("- []: x", "yaml: did not find expected '-' indicator"),
        // What follows a key that is left out is passed over.
        ("[?]", "yaml: line 1: did not find expected ',' or ']'"),
        ("- [? , a]", "yaml: did not find expected ',' or ']'"),
        ("%YAML 1. 1\n---\na: b", "yaml: did not find expected version number"),
        ("- .2_8\n- .2__8\n- 2_8.5", "[0.28,\".2__8\",28.5]"),
        // What a later one of its key replaces never becomes JSON.
        ("a: .nan\nb: [1]\na: 2", "{\"a\":2,\"b\":[1]}"),
        ("a: 2\na: .nan", "json: unsupported value: NaN"),
        ("a: !!binary gIE=", "{\"a\":\"\u{fffd}\u{fffd}\"}"),
        ("? {1000000.5: x}\n: y", "yaml: invalid map key: map[interface {}]interface {}{1.0000005e+06:\"x\"}"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn many_values_may_be_replaced_by_later_ones() {
    let lines = |value: &str| (0..600).map(|at| format!("k{at}: {value}\n")).collect::<String>();
    let document = podlapse_manifest::read_yaml(&(lines(".nan") + &lines("1"))).expect("each is replaced");
    assert_eq!(document.json["k599"], 1);
}

#[test]
fn a_control_character_is_told_when_the_reader_comes_to_it() {
    let end = |text: &str| podlapse_manifest::read_yaml(text).unwrap_err().message;
    let far = "# ".to_owned() + &"x".repeat(600);
    assert_eq!(end("a: b: c\nd: \u{7}\n"), "yaml: control characters are not allowed");
    assert_eq!(end(&format!("a: b: c\n{far}\nd: \u{7}\n")), "yaml: mapping values are not allowed in this context");
    assert_eq!(end(&format!("{far}\na: b: c\nd: \u{7}\n")), "yaml: control characters are not allowed");
    assert_eq!(end(&format!("a: 'b\n{far}\nd: \u{7}\n")), "yaml: control characters are not allowed");
}
