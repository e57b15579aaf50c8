//! Scripts with all that they print and how they end, each with its virtual time.
#![allow(clippy::unwrap_used, reason = "all of this is test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use podlapse_model::{SimDuration, SimTime};
use podlapse_shell::{FileSystem, OutputLine, Pid, Process, Signal, Start, State, Stream, Volumes, World};

/// What happens to the container from outside.
enum Act {
    Signal(Signal),
    /// Another process in the same container.
    Exec(&'static str),
}
use Act::{Exec, Signal as Send};

/// The end of a run that does not end by itself.
const LONGEST: SimDuration = SimDuration::from_secs(100_000);

fn seconds(text: &str) -> SimTime {
    let millis = text.parse::<f64>().unwrap() * 1000.0;
    SimTime::ZERO + SimDuration::from_millis(millis.round() as u64)
}

struct Container {
    fs: FileSystem,
    volumes: Volumes,
    processes: Vec<(String, Process)>,
    transcript: String,
}

impl Container {
    fn start(&mut self, label: &str, argv: &[String], pid: u32) {
        let env = BTreeMap::from([("PATH", "/usr/bin:/bin"), ("HOME", "/root"), ("GREETING", "hello")]);
        let env = env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let start = Start { argv, env: &env, cwd: "/", pid: Pid(pid), hostname: "web-0", stdin: "" };
        self.processes.push((label.to_owned(), Process::start(&start).unwrap()));
    }

    /// Polls everything; returns when something is due next. A clone must take the same way.
    fn poll(&mut self, now: SimTime) -> Option<SimTime> {
        let mut next = None;
        let mut sent = Vec::new();
        let mut left = Vec::new();
        for (label, mut process) in std::mem::take(&mut self.processes) {
            let mut twin = process.clone();
            let (mut twin_fs, mut twin_volumes) = (self.fs.clone(), self.volumes.clone());
            let epoch_unix_ns = 1_700_000_000_000_000_000;
            let run = |process: &mut Process, fs: &mut FileSystem, volumes: &mut Volumes| {
                let (mut out, mut sent) = (Vec::new(), Vec::new());
                let mut world = World { fs, volumes, asked: None, epoch_unix_ns, sent: &mut sent };
                (process.poll(now, &mut world, &mut out), out, sent)
            };
            let polled = run(&mut process, &mut self.fs, &mut self.volumes);
            assert_eq!(polled, run(&mut twin, &mut twin_fs, &mut twin_volumes));
            let (state, out, signals) = polled;
            sent.extend(signals);
            for OutputLine { at, stream, text } in out {
                let mark = if stream == Stream::Stdout { "" } else { "err: " };
                writeln!(self.transcript, "{:.3} {label}{mark}{text}", at.as_secs_f64()).unwrap();
            }
            match state {
                State::Running { wake } => {
                    next = [next, wake].into_iter().flatten().min();
                    left.push((label, process));
                }
                State::Exited { code, signal } => {
                    let signal = signal.map(|signal| format!(" {signal}")).unwrap_or_default();
                    writeln!(self.transcript, "{:.3} {label}exit {code}{signal}", now.as_secs_f64()).unwrap();
                }
            }
        }
        self.processes = left;
        for (pid, signal) in sent {
            if let (Pid(1), Some((_, main))) = (pid, self.processes.first_mut()) {
                main.signal(signal);
                next = Some(now);
            }
        }
        next
    }
}

fn run(argv: &[&str], acts: &[(&str, Act)], prepare: impl FnOnce(&mut FileSystem, &mut Volumes)) -> String {
    let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
    let (fs, volumes) = (FileSystem::new(), Volumes::new());
    let mut container = Container { fs, volumes, processes: Vec::new(), transcript: String::new() };
    prepare(&mut container.fs, &mut container.volumes);
    container.start("", &argv, 1);
    let mut acts: Vec<(SimTime, &Act)> = acts.iter().map(|(at, act)| (seconds(at), act)).collect();
    let mut due = BTreeSet::from([SimTime::ZERO]);
    due.extend(acts.iter().map(|(at, _)| *at));
    while let Some(now) = due.pop_first() {
        if SimTime::ZERO + LONGEST < now {
            break;
        }
        while acts.first().is_some_and(|(at, _)| *at <= now) {
            match acts.remove(0).1 {
                Send(signal) => {
                    if let Some((_, main)) = container.processes.first_mut() {
                        main.signal(*signal);
                    }
                }
                Exec(script) => container.start("exec: ", &["sh", "-c", script].map(str::to_owned), 1000),
            }
        }
        due.extend(container.poll(now));
    }
    if !container.processes.is_empty() {
        container.transcript.push_str("runs\n");
    }
    container.transcript
}

#[track_caller]
fn check_all(argv: &[&str], acts: &[(&str, Act)], expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim_start).filter(|line| !line.is_empty()).collect();
    let actual = run(argv, acts, |_, _| {});
    let actual: Vec<&str> = actual.lines().collect();
    assert_eq!(actual, expected, "{argv:?}\n{}", actual.join("\n"));
}

#[track_caller]
fn check(script: &str, expected: &str) {
    check_all(&["/bin/sh", "-c", script], &[], expected);
}

/// All that a script prints at time zero, with its status at the end unless that is 0.
#[track_caller]
fn check_output(script: &str, expected: &str) {
    let transcript = run(&["sh", "-c", script], &[], |_, _| {});
    let lines: Vec<&str> = transcript.lines().map(|line| line.strip_prefix("0.000 ").unwrap_or(line)).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| *line != "exit 0").collect();
    assert_eq!(lines.join("|"), expected, "{script}");
}

#[test]
fn a_liveness_file_comes_and_goes() {
    check_all(
        &["/bin/sh", "-c", "touch /tmp/healthy; sleep 30; rm -rf /tmp/healthy; sleep 600"],
        &[("10", Exec("cat /tmp/healthy")), ("40", Exec("cat /tmp/healthy"))],
        "10.000 exec: exit 0
         40.000 exec: err: cat: can't open '/tmp/healthy': No such file or directory
         40.000 exec: exit 1
         630.000 exit 0",
    );
}

#[test]
fn plain_utilities_are_commands() {
    check_all(&["sleep", "3600"], &[], "3600.000 exit 0");
    check_all(&["/bin/false"], &[], "0.000 exit 1");
    check_all(&["busybox", "echo", "hi"], &[], "0.000 hi\n0.000 exit 0");
    check_all(&["sh"], &[], "0.000 exit 0");
    check_all(&["sleep", "x"], &[], "0.000 err: sleep: invalid number 'x'\n0.000 exit 1");
    check_all(&["sleep", "infinity"], &[("5", Send(Signal::TERM)), ("9", Send(Signal::KILL))], "9.000 exit 137 SIGKILL");
    check_all(&["tail", "-f", "/dev/null"], &[("5", Send(Signal::TERM)), ("9", Send(Signal::KILL))], "9.000 exit 137 SIGKILL");
    check_all(&["sh", "-ec", "false; echo no"], &[], "0.000 exit 1");
    check_all(&["sh", "-c", "echo $0 $1 $#", "name", "a", "b"], &[], "0.000 name a 2\n0.000 exit 0");
}

#[test]
fn files_can_be_larger_than_what_is_held_of_them() {
    check_output("dd if=/dev/zero of=/f bs=1M count=300 2>/dev/null; ls -l /f | awk '{print $5}'", "314572800");
    check_output("fallocate -l 2G /f; ls -l /f | awk '{print $5}'; echo x >/f; ls -l /f | awk '{print $5}'", "2147483648|2");
    check_output("echo x >/f; fallocate -l 1k /f; cat /f; ls -l /f | awk '{print $5}'", "x|1024");
    check_output("fallocate /f", "err: fallocate: you must specify a length and a file|exit 1");
}

#[test]
fn processes_are_listed_by_number() {
    check_output("ps; true", "PID   USER     TIME  COMMAND|    1 root      0:00 sh -c ps; true|    2 root      0:00 ps");
}

#[test]
fn processes_are_found_by_name() {
    check_output("pidof sh; pgrep -f 'pgrep'; pgrep nginx; echo $?; killall -0 sh; echo $?", "1|1|1|0");
    check_output("killall nginx", "err: killall: nginx: no process killed|exit 1");
    check("trap 'exit 3' TERM; (sleep 2; pkill sh) & while :; do sleep 5; done", "5.000 exit 3");
}

#[test]
fn files_are_edited_in_place() {
    check_output(
        "printf 'a b\\nc\\n' >f; sed -i 's/a/x y/;$d' f; cat f; ls f.sed",
        "x y b|err: ls: f.sed: No such file or directory|exit 1",
    );
    check_output("sed -i s/a/b/ nope", "err: sed: nope: No such file or directory|exit 1");
    check_output("head -c 3 /dev/urandom | wc -c; tr -dc a-z </dev/urandom | head -c 5 | wc -c", "3|5");
}

#[test]
fn variables_are_printed_by_name() {
    check_output("printenv HOME GREETING; printenv NOPE HOME; echo $?; printenv NOPE", "/root|hello|/root|1|exit 1");
    check_output("env A=b printenv A; env HOME", "b|err: env: can't execute 'HOME': No such file or directory|exit 127");
}

#[test]
fn time_passes_in_sleep_alone() {
    check("echo a; sleep 1.5; echo b; sleep 1m; date +%s; exit 3", "0.000 a\n1.500 b\n61.500 1700000061\n61.500 exit 3");
    check("for i in 1 2 3; do echo $i; sleep 2; done", "0.000 1\n2.000 2\n4.000 3\n6.000 exit 0");
    check("while sleep 1; do n=$((n+1)); test $n = 3 && break; done; echo $n", "3.000 3\n3.000 exit 0");
    check("until [ -e /x ]; do sleep 1; done & sleep 2.5; touch /x; wait; echo done", "3.000 done\n3.000 exit 0");
}

#[test]
fn the_first_process_needs_a_handler_for_sigterm() {
    let term = || [("5", Send(Signal::TERM)), ("8", Send(Signal::KILL))];
    check_all(&["sh", "-c", "sleep 100; echo no"], &term(), "8.000 exit 137 SIGKILL");
    check_all(&["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 1; done"], &term(), "5.000 exit 0");
    check_all(&["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 2; done"], &term(), "6.000 exit 0");
    check_all(&["sh", "-c", "trap 'echo bye; exit 7' TERM; sleep 100 & wait; echo no"], &term(), "5.000 bye\n5.000 exit 7");
    check_all(
        &["sh", "-c", "trap 'echo bye' TERM; sleep 100 & wait $!; echo $?; trap 'echo end' EXIT"],
        &term(),
        "5.000 bye\n5.000 143\n5.000 end\n5.000 exit 0",
    );
    check_all(&["sh", "-c", "trap '' TERM; sleep 6; echo still here"], &term(), "6.000 still here\n6.000 exit 0");
    check_all(
        &["sh", "-c", "trap 'exit 3' USR1; while :; do sleep 1; done"],
        &[("2.5", Exec("kill -USR1 1; echo sent"))],
        "2.500 exec: sent\n2.500 exec: exit 0\n3.000 exit 3",
    );
    check_all(
        &["sh", "-c", "trap 'exit 3' USR1; while :; do sleep 1; done"],
        &[("2", Exec("kill -9 1")), ("4", Send(Signal::KILL))],
        "2.000 exec: exit 0\n4.000 exit 137 SIGKILL",
    );
}

#[test]
fn words_are_expanded() {
    for (script, expected) in [
        ("echo $GREETING ${GREETING}s '$GREETING' \"$GREETING\"", "hello hellos $GREETING hello"),
        ("x='a  b'; echo $x \"$x\"", "a b a  b"),
        ("echo ${x:-d e} ${x-f} ${GREETING:+set} ${x:+no}.", "d e f set ."),
        ("echo ${x:=new} $x; unset x; echo .$x.", "new new|.."),
        ("x=a.b.c; echo ${x%.*} ${x%%.*} ${x#*.} ${x##*.} ${#x}", "a.b a b.c c 5"),
        ("x=aXbXc; echo ${x/X/-} ${x//X/-} ${x:1:3}", "a-bXc a-b-c XbX"),
        ("f() { echo $# \"$@\" $*; shift; echo $1; return 4; }; f 'a b' c; echo $?", "2 a b c a b c|c|4"),
        ("set -- 'a b' c; for i; do echo \"<$i>\"; done; for i in \"$@\"; do echo $i; done", "<a b>|<c>|a b|c"),
        ("echo $(echo a; echo b) \"$(echo a; echo b)\" `echo c`", "a b a|b c"),
        ("echo \"`echo \\\"x y\\\"`\" $(echo ')')", "x y )"),
        ("i=3; echo $((i * 2 + 1)) $(( (i++) + $(echo 4) )) $i $((i>3 ? 1 : 2))", "7 7 4 1"),
        (
            "mkdir /d; touch /d/b.txt /d/a.txt /d/c; echo /d/*.txt /d/*.no '/d/*'; cd /d; echo *",
            "/d/a.txt /d/b.txt /d/*.no /d/*|a.txt b.txt c",
        ),
        ("IFS=:; x=a:b::c; for i in $x; do echo \"[$i]\"; done", "[a]|[b]|[]|[c]"),
        ("echo ~ ~/x; echo $$ $0", "/root /root/x|1 sh"),
        ("echo \"a\\$b\\\"c\\n\" a\\ b", "a$b\"c\\n a b"),
        ("set -u; echo $nope; echo no", "err: sh: nope: parameter not set|exit 2"),
        ("echo ${nope:?must be set}; echo no", "err: sh: nope: must be set|exit 2"),
        ("echo a$(false)b; x=$(exit 3); echo $?", "ab|3"),
        ("x=5; x=6 sh -c 'echo $x'; echo $x; export x; sh -c 'echo $x'", "6|5|5"),
        ("echo $((1/0)); echo no", "err: sh: divide by zero|exit 2"),
        ("set -- ; echo \"$@\" | wc -c; echo $#", "1|0"),
    ] {
        check_output(script, expected);
    }
}

#[test]
fn commands_are_joined_and_chosen() {
    for (script, expected) in [
        ("true && echo a || echo b; false && echo c || echo d; ! true; echo $?", "a|d|1"),
        ("false || true && echo x; true || echo y && echo z", "x|z"),
        ("if false; then echo a; elif true; then echo b; else echo c; fi", "b"),
        ("if [ 1 -gt 2 ]; then echo a; fi; echo $?", "0"),
        ("case abc in x) echo x;; a*|b) echo ab;; *) echo no;; esac", "ab"),
        ("case \"a*\" in 'a?') echo no;; 'a*') echo yes;; esac", "yes"),
        ("for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done", "1|3"),
        ("for i in 1 2; do for j in a b; do [ $j = b ] && continue 2; echo $i$j; done; done", "1a|2a"),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i; until [ $i = 0 ]; do i=$((i-1)); done; echo $i", "3|0"),
        ("(x=1; exit 4); echo $? $x; { x=2; }; echo $x", "4|2"),
        ("set -e; false || true; if false; then :; fi; ! true; echo on; false; echo no", "on|exit 1"),
        ("set -e; f() { false; echo in; }; f && echo yes; f; echo no", "in|yes|exit 1"),
        ("set -x; x=1; echo \"a b\" $x", "err: + x=1|err: + echo 'a b' 1|a b 1"),
        ("nope; echo $?", "err: sh: nope: not found|127"),
        ("if true; then", "err: sh: syntax error: unexpected end of file|exit 2"),
        ("echo a; )", "err: sh: syntax error: unexpected \")\"|exit 2"),
        ("echo 'a", "err: sh: syntax error: unterminated quoted string|exit 2"),
        ("if true; then echo a", "err: sh: syntax error: unexpected end of file (expecting \"fi\")|exit 2"),
        ("while true; echo a; done", "err: sh: syntax error: unexpected \"done\" (expecting \"do\")|exit 2"),
        ("for 1 in a; do :; done", "err: sh: syntax error: bad for loop variable|exit 2"),
        ("echo ${x:-a; echo", "err: sh: syntax error: missing '}'|exit 2"),
        ("echo > | cat", "err: sh: syntax error: unexpected \"|\"|exit 2"),
        ("x=$(case a in a) echo in;; esac); echo $x; for i in; do echo no; done", "in"),
        ("echo a#b '#' \\# # not this", "a#b # #"),
        ("cat <<A; cat <<B; echo \"c\n#\" # it's\na\nA\nb\nB\necho d", "a|b|c|#|d"),
        ("echo \"${x:-'a' \"b  c\"}\" ${x:-\"d  e\"} $((1+(2)))$( (echo f); )", "'a' b  c d  e 3f"),
        ("f() { local x=in; echo $x; }; x=out; f; echo $x", "in|out"),
        ("eval 'x=3; echo $x'; echo 'echo sourced $1; return 2; echo no' > /s; . /s; echo $?", "3|sourced|2"),
        ("trap 'echo bye $?' EXIT; echo hi; exit 3", "hi|bye 3|exit 3"),
        ("exec echo last; echo no", "last"),
        (
            "echo 'echo from $0 $1' > /x.sh; sh /x.sh a; chmod +x /x.sh; /x.sh b; /y.sh",
            "from /x.sh a|from /x.sh b|err: sh: /y.sh: not found|exit 127",
        ),
        ("command -v sleep nope; type echo", "/bin/sleep|echo is a shell builtin"),
        ("set -o pipefail; false | true; echo $?", "1"),
    ] {
        check_output(script, expected);
    }
}

#[test]
fn input_and_output_are_redirected() {
    for (script, expected) in [
        ("echo a > /f; echo b >> /f; cat /f; cat < /f | wc -l", "a|b|2"),
        ("echo out; echo err >&2; { echo x; echo y >&2; } 2>&1 | sort -r", "out|err: err|y|x"),
        ("nope 2> /dev/null; nope > /f 2>&1; cat /f; nope &> /g; cat /g", "sh: nope: not found|sh: nope: not found"),
        ("cat <<EOF\nhi $GREETING\n\"q\" $(echo sub)\nEOF", "hi hello|\"q\" sub"),
        ("cat <<'EOF' | grep x\nx $y\nz\nEOF", "x $y"),
        ("if true; then\n\tcat <<-E\n\ttabs\n\tE\nfi", "tabs"),
        (
            "echo 'a b c' | while read x y; do echo \"$y,$x\"; done; printf '1 2\\n3' > /f; while read l; do echo \"<$l>\"; done < /f",
            "b c,a|<1 2>",
        ),
        ("exec > /f; echo hidden; exec >&2; cat /f", "err: hidden"),
        (
            "cat /no; echo $?; cat < /no; echo $?; echo x > /no/f",
            "err: cat: can't open '/no': No such file or directory|1|err: sh: can't open /no: no such file|1|err: sh: can't create /no/f: nonexistent directory|exit 1",
        ),
        ("yes | head -n 2; echo $?; seq 3 | tail -n 1; seq 100000 | wc -l", "y|y|0|3|100000"),
        ("echo a | tee /f | cat; cat /f; echo b | cat /f -", "a|a|a|b"),
        (
            "echo one > /dev/termination-log; cat /dev/termination-log; echo log > /dev/stdout; echo e > /dev/stderr",
            "one|log|err: e",
        ),
    ] {
        check_output(script, expected);
    }
}

#[test]
fn jobs_run_beside_the_shell() {
    check("sleep 5 & echo started; wait $!; echo $?", "0.000 started\n5.000 0\n5.000 exit 0");
    check("(sleep 2; exit 3) & (sleep 1; exit 4) & wait; echo $?", "2.000 0\n2.000 exit 0");
    check("sleep 100 & p=$!; sleep 1; kill $p; wait $p; echo $?", "1.000 143\n1.000 exit 0");
    check("(sleep 1; echo a) | (read x; echo got $x; sleep 1)", "1.000 got a\n2.000 exit 0");
    check("(echo 1; sleep 1; echo 2; sleep 1; echo 3) | grep -v 2", "0.000 1\n2.000 3\n2.000 exit 0");
    check("x=$(sleep 3; echo late); echo $x", "3.000 late\n3.000 exit 0");
    check("timeout 2 sleep 10; echo $?; timeout 5 sleep 1; echo $?", "2.000 143\n3.000 0\n3.000 exit 0");
    check(
        "(while :; do echo x >> /log; sleep 2; done) & sleep 1; tail -f /log & sleep 4; kill $!; exit",
        "1.000 x\n2.000 x\n4.000 x\n5.000 exit 0",
    );
    check("kill 77; sleep 1", "0.000 err: sh: can't kill pid 77: No such process\n1.000 exit 0");
    check("sleep 100 & exit 0", "0.000 exit 0");
}

#[test]
fn utilities_print_what_busybox_prints() {
    for (script, expected) in [
        ("echo -n a; echo -e 'b\\tc'; printf '%s-%03d|%5.2s|%x\\n' x 7 abc 255", "ab\tc|x-007|   ab|ff"),
        ("printf '%s\\n' a b", "a|b"),
        ("seq 2 4; seq -s, 1 3; seq 5 -2 1", "2|3|4|1,2,3|5|3|1"),
        (
            "mkdir /a/b; mkdir -p /a/b; mkdir /a; ls /a; ls /none",
            "err: mkdir: can't create directory '/a/b': No such file or directory|err: mkdir: can't create directory '/a': File exists|b|err: ls: /none: No such file or directory|exit 1",
        ),
        (
            "rm /none; rm -f /none; mkdir /d; rm /d; rm -r /d; ls /d",
            "err: rm: can't remove '/none': No such file or directory|err: rm: '/d' is a directory|err: ls: /d: No such file or directory|exit 1",
        ),
        (
            "touch /f; cp /f /g; mv /g /h; ls /h /g; cp -r /nope /x",
            "/h|err: ls: /g: No such file or directory|err: cp: can't stat '/nope': No such file or directory|exit 1",
        ),
        ("printf 'b\\na\\nb\\n' | sort | uniq -c; printf '10\\n9\\n' | sort -n", "      1 a|      2 b|9|10"),
        (
            "echo a:b:c | cut -d: -f1,3; echo abc | cut -c2-; echo abc | tr a-b A-B; echo 'a  b' | tr -s ' '; echo abc | tr -d b",
            "a:c|bc|ABc|a b|ac",
        ),
        (
            "echo 'hello world' | sed 's/o/0/g; s/\\(h\\)e/\\1E/'; seq 5 | sed -n '2,3p'; seq 3 | sed '$d'; echo ab | sed -E 's/(a)(b)/\\2\\1/'",
            "hEll0 w0rld|2|3|1|2|ba",
        ),
        (
            "seq 20 | grep -c 1; echo abc | grep -q b && echo yes; echo aBc | grep -io b; grep x /none; echo $?",
            "11|yes|B|err: grep: /none: No such file or directory|2",
        ),
        ("expr 1 + 2 \\* 3; expr abc : 'a\\(.\\)'; expr 1 = 2; echo $?", "7|b|0|1"),
        ("hostname; whoami; id -u; basename /a/b.c .c; dirname /a/b; uname", "web-0|root|0|b|/a|Linux"),
        ("date -u; date -d @0 +%F_%T", "Tue Nov 14 22:13:20 UTC 2023|1970-01-01_00:00:00"),
        (
            "test -d /tmp -a ! -e /nope && [ -x /bin/sh ] && [ a != b ] && echo ok; [ 1 -eq x ]",
            "ok|err: sh: x: bad number|exit 2",
        ),
        ("env -i A=b env; A=1 env | grep '^A='", "A=b|A=1"),
        (
            "wget -q -O- http://10.0.0.1:80/; wget -qO- http://web/; nc -z 10.0.0.1 80",
            "err: wget: can't connect to remote host (10.0.0.1): Connection refused|err: wget: bad address 'web'|err: nc: can't connect to remote host (10.0.0.1): Connection refused|exit 1",
        ),
        (
            "printf 'a b\\nc\\n' | wc; printf abc | wc -c; cd /nope",
            "        2         3         6|3|err: sh: cd: line 0: can't cd to /nope: No such file or directory|exit 2",
        ),
        ("head -c 3 /dev/zero | wc -c; echo $((0x1f)) | cat -; which sh nope", "3|31|/bin/sh|exit 1"),
    ] {
        check_output(script, expected);
    }
}

#[test]
fn volumes_are_shared_and_may_be_read_only() {
    let transcript =
        run(&["sh", "-c", "cat /cfg/how; echo x > /cfg/new; ls /cfg /; echo $(cat /one/key)"], &[], |fs, volumes| {
            volumes.fill(&"cm".into(), [("how", b"very\n".to_vec(), false), ("key", b"k".to_vec(), false)], SimTime::ZERO);
            fs.mount("/cfg", "cm".into(), "", true);
            fs.mount("/one/key", "cm".into(), "key", true);
        });
    let expected = "0.000 very
0.000 err: sh: can't create /cfg/new: Read-only file system
0.000 /cfg:
0.000 how
0.000 key

0.000 /:";
    assert!(transcript.replace("0.000 \n", "\n").starts_with(expected), "{transcript}");
    assert!(transcript.ends_with("0.000 k\n0.000 exit 0\n"), "{transcript}");
}

#[test]
fn busy_scripts_do_not_hang() {
    check_all(&["sh", "-c", "while true; do :; done"], &[("60", Send(Signal::KILL))], "60.000 exit 137 SIGKILL");
    let transcript = run(&["sh", "-c", "yes"], &[("60", Send(Signal::KILL))], |_, _| {});
    assert!(transcript.len() < 16 << 20 && transcript.ends_with("exit 137 SIGKILL\n"));
    for script in [
        "f() { f; }; f",
        "x=a; while :; do x=$x$x; done",
        "while :; do sleep 1 & done",
        "while :; do echo 0123456789 >> /f; cat /f >> /f; done",
        "f() { f | f; }; f",
        "i=0; while :; do i=$((i+1)); eval v$i=1; done",
        "trap 'kill -TERM 1' TERM; kill -TERM 1; sleep 1",
        "while :; do (:); done",
        "tail -f /dev/zero",
        "cat /dev/zero | cat > /dev/null",
        "sort /dev/zero",
        "printf '%1000000000d' 1 > /f; x=$(cat /dev/zero)",
        "seq 1 1000000000000",
    ] {
        run(&["sh", "-c", script], &[("3", Send(Signal::KILL))], |_, _| {});
    }
}

/// Scripts put together at random from the words of the language: none may panic, hang or print without end.
#[test]
fn random_scripts_do_no_harm() {
    let words = [
        "if",
        "then",
        "fi",
        "else",
        "while",
        "do",
        "done",
        "for",
        "i",
        "in",
        "case",
        "x)",
        "esac",
        ";;",
        "(",
        ")",
        "{",
        "}",
        ";",
        "&",
        "|",
        "&&",
        "||",
        "!",
        "$(",
        "`",
        "\"",
        "'",
        "\\",
        "${x:-",
        "${x%%",
        "$((",
        "))",
        "1",
        "+",
        "<<E",
        "\n",
        "E\n",
        ">",
        "<",
        ">>",
        "2>&1",
        "&>",
        "/f",
        "echo",
        "cat",
        "sleep 1",
        "read x",
        "x=",
        "$x",
        "$@",
        "\"$*\"",
        "f()",
        "f",
        "trap",
        "EXIT",
        "wait",
        "exit",
        "break",
        "return",
        "eval",
        "set -e",
        "shift",
        "[",
        "]",
        "-n",
        "=",
        "*",
        "?",
        "[a-",
        "test",
        "seq 9",
        "grep",
        "sed s/a/b/",
        "head",
        "é",
        "\0",
        "~",
        "$'",
        " ",
        " ",
        " ",
        " ",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |bound: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % bound as u64) as usize
    };
    for _ in 0..3_000 {
        let length = 1 + next(24);
        let script: String = (0..length).map(|_| format!("{} ", words[next(words.len())])).collect();
        let transcript = run(&["sh", "-c", &script], &[("2", Send(Signal::KILL))], |_, _| {});
        assert!(transcript.len() < 4 << 20, "{script}");
    }
    for deep in ["(", "$(", "((", "$((", "{ ", "if ", "case x in (", "${a:-", "\"$(", "`", "! ", "<<E ", "f() ", "$'", "[ ( "] {
        for count in [30, 3_000] {
            run(&["sh", "-c", &format!("echo {}", deep.repeat(count))], &[], |_, _| {});
            run(&["sh", "-c", &deep.repeat(count)], &[], |_, _| {});
        }
    }
}

#[test]
fn awk_prints_fields_of_lines() {
    check_output("printf 'a b c\\nd e f\\n' | awk '{print $NF}'", "c|f");
    check_output("printf 'a:1\\nb:2.5\\n' | awk -F: '{s += $2} END {print NR, s, s / NR}'", "2 3.5 1.75");
    check_output("printf 'NAME READY\\nx 0/1\\ny 1/1\\n' | awk 'NR > 1 && $2 != \"1/1\" {print $1 \"!\"}'", "x!");
    check_output("printf 'b\\na\\nb\\n' | awk '!seen[$0]++'", "b|a");
    check_output("echo one two | awk '{$2 = toupper($2); if (NF == 2) print; else print \"no\"}'", "one TWO");
    check_output("echo a/b | awk '{gsub(/\\//, \"-\"); printf \"%s|%d\\n\", $0, length($0)}'", "a-b|3");
    check_output("awk 'BEGIN {print substr(\"hello\", 2, 3)}'", "ell");
    check_output("echo x | awk '/x/'", "x");
}

#[test]
fn base64_goes_both_ways() {
    check_output("printf 'hi there' | base64", "aGkgdGhlcmU=");
    check_output("echo aGkgdGhlcmU= | base64 -d; echo", "hi there");
}

#[test]
fn grep_shows_lines_around() {
    check_output("seq 9 | grep -A 1 -B 1 -e 3 -e 8", "2|3|4|--|7|8|9");
    check_output("seq 5 | grep -n -C1 3", "2-2|3:3|4-4");
}

#[test]
fn xargs_runs_a_command_with_the_words_of_its_input() {
    check(
        "echo 1 2 3 4 | xargs -n 2 echo got; printf 'x\\ny\\n' | xargs -I % echo -%-; : | xargs -r echo no; : | xargs echo once",
        "0.000 got 1 2
         0.000 got 3 4
         0.000 -x-
         0.000 -y-
         0.000 once
         0.000 exit 0",
    );
    check(
        "echo 1 | xargs sleep; echo f | xargs cat; echo $?; echo x | xargs nothing; echo $?; usleep 500000",
        "1.000 err: cat: can't open 'f': No such file or directory
         1.000 123
         1.000 err: xargs: nothing: No such file or directory
         1.000 127
         1.500 exit 0",
    );
    check_output("yes | xargs -n 2 echo | head -n 2", "y y|y y");
    for long in ["xargs echo", "xargs -I % echo %"] {
        let script = format!("printf %070000d 0 | {long}");
        check(&script, "0.000 err: xargs: argument line too long\n0.000 exit 1");
    }
    let script = format!("printf %020000d 0 | xargs -I % echo {}", "%".repeat(2));
    check(&script, "0.000 err: xargs: argument line too long\n0.000 exit 1");
}

#[test]
fn programs_that_grow_or_turn_without_end_are_bounded() {
    let scripts = [
        "echo a | sed ':a;s/.*/&&/;ta' | wc -c",
        "yes | head -n 20000 | sed ':a;ba'",
        "echo a | sed ':a;G;h;ba'",
        "echo a | awk '{while(1) s = s s \"ab\"}'",
        "yes | head -n 20000 | awk '{while(1);}'",
        "echo a | awk '{for(i=0;;i++) a[i] = sprintf(\"%60000d\", i)}'",
        "awk 'BEGIN{s = \"aaaaaaaaaa\"; while(1) gsub(/a/, \"&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&\", s)}'",
        "printf \"$(yes %60000d | head -n 5000 | tr -d '\\n')\" | wc -c",
    ];
    for script in scripts {
        let transcript = run(&["sh", "-c", script], &[], |_, _| {});
        assert!(transcript.contains("exit"), "{script}");
        assert!(transcript.len() < 4 << 20, "{script}: {}", transcript.len());
    }
}
