//! `jq` behind a pipe, by the library jaq, where that is built in: the page goes without it for its weight.

#[cfg(feature = "jq")]
mod options;
#[cfg(feature = "jq")]
mod program;

use podlapse_core::client::Outcome;

/// Runs it with these arguments; `read` gives the text of a file.
pub(super) fn run(words: &[String], stdin: &str, read: &dyn Fn(&str) -> Option<String>) -> Outcome {
    #[cfg(feature = "jq")]
    return program::run(words, stdin, read);
    #[cfg(not(feature = "jq"))]
    {
        let _ = (words, stdin, read);
        let stderr = "podlapse: the page has no jq, podlapse on the command line has it: -o jsonpath, -o go-template and -o custom-columns \
                      choose fields here\n";
        Outcome { stderr: stderr.to_owned(), exit: 127, ..Outcome::default() }
    }
}

#[cfg(all(test, feature = "jq"))]
mod tests {
    use super::run;

    #[track_caller]
    fn check(words: &[&str], stdin: &str, stdout: &str, stderr: &str, exit: i32) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let outcome = run(&words, stdin, &|path| (path == "f.json").then(|| "{\"x\":1}\n[2]".to_owned()));
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str(), outcome.exit), (stdout, stderr, exit), "{words:?}");
    }

    const PODS: &str = "{\"items\":[{\"metadata\":{\"name\":\"a\",\"labels\":{}}},{\"metadata\":{\"name\":\"b\"},\"n\":2}]}\n";

    #[test]
    fn programs_choose_and_print_as_jq_does() {
        check(&["-r", ".items[].metadata.name"], PODS, "a\nb\n", "", 0);
        check(&[".items[0]"], PODS, "{\n  \"metadata\": {\n    \"name\": \"a\",\n    \"labels\": {}\n  }\n}\n", "", 0);
        check(&["-c", ".items | map(.metadata.name)"], PODS, "[\"a\",\"b\"]\n", "", 0);
        check(&["-Sc", ".items[0].metadata"], PODS, "{\"labels\":{},\"name\":\"a\"}\n", "", 0);
        check(&["-r", ".items[] | select(.n == 2) | \"\\(.metadata.name) \\(.n)\""], PODS, "b 2\n", "", 0);
        check(&[".items | length"], PODS, "2\n", "", 0);
        check(&["-r", ".[] | [.a, .b] | @tsv"], "[{\"a\":1,\"b\":\"x\"}]", "1\tx\n", "", 0);
        check(&["-r", "@csv"], "[1,\"a\\\"b\",null]", "1,\"a\"\"b\",\n", "", 0);
        check(&["-r", ".k | @base64d"], "{\"k\":\"aGk=\"}", "hi\n", "", 0);
    }

    #[test]
    fn flags_change_what_is_read_and_said() {
        check(
            &["-n", "--arg", "a", "x", "--argjson", "n", "[1]", "-c", "[$a, $n, $ARGS.named.a]"],
            "",
            "[\"x\",[1],\"x\"]\n",
            "",
            0,
        );
        check(&["-s", "-c", "."], "1 2", "[1,2]\n", "", 0);
        check(&["-c", ".", "f.json"], "", "{\"x\":1}\n[2]\n", "", 0);
        check(&["-e", ".none"], "{}", "null\n", "", 1);
        check(&["-R", "."], "a\nb", "\"a\"\n\"b\"\n", "", 0);
        check(&["-j", ".[]"], "[\"a\",\"b\"]", "ab", "", 0);
        check(&["--tab", "."], "[1]", "[\n\t1\n]\n", "", 0);
        check(&[".", "none.json"], "", "", "jq: error: Could not open none.json: No such file or directory\n", 2);
    }

    #[test]
    fn what_is_wrong_is_told_in_the_words_of_jq() {
        check(&[".a.b"], "{\"a\":1}\n", "", "jq: error (at <stdin>:1): Cannot index number with \"b\"\n", 5);
        check(&[".[]"], "3\n", "", "jq: error (at <stdin>:1): Cannot iterate over number (3)\n", 5);
        check(&[".items[]"], "{}", "", "jq: error (at <stdin>:0): Cannot iterate over null (null)\n", 5);
        check(&["nope"], "{}", "", "jq: error: nope/0 is not defined at <top-level>, line 1:\nnope\njq: 1 compile error\n", 3);
        let wrong = super::run(&[".[".to_owned()], "{}", &|_| None);
        assert!(wrong.stderr.starts_with("jq: error: syntax error"), "{}", wrong.stderr);
        assert_eq!(wrong.exit, 3);
        let text = super::run(&[".".to_owned()], "{oops", &|_| None);
        assert!(text.stderr.starts_with("jq: parse error: "), "{}", text.stderr);
        assert_eq!(text.exit, 2);
        // There is no clock and no environment but those of the simulation.
        assert_eq!(super::run(&["now".to_owned()], "{}", &|_| None).exit, 3);
    }
}
