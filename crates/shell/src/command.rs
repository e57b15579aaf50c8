//! One command: its words are expanded, its redirections applied, and then it is a function, a built-in, a utility or a compound.
//!
//! Models busybox 1.35 `shell/ash.c` `evalcommand`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::builtins::{self, Builtin};
use crate::expand::{Expander, Stop};
use crate::shell::{Frame, Program, Shell, Step, Variable};
use crate::syntax::*;
use crate::system::{Handle, System};

impl Shell {
    pub(crate) fn step_command(
        &mut self,
        node: Arc<Command>,
        outputs: Vec<String>,
        substituted: Option<i32>,
        system: &mut System<'_, '_>,
    ) -> Step {
        if let Command::Function { name, body } = &*node {
            Arc::make_mut(&mut self.functions).insert(name.clone(), body.clone());
            self.status = 0;
            return Step::Progress;
        }
        match self.prepare(&node, &outputs, system) {
            Ok(ready) => self.execute(&node, ready, substituted, system),
            Err(Stop::Substitution(list)) => {
                self.frames.push(Frame::Command { node, outputs, substituted });
                let id = system.new_capture();
                if let Some(pid) = self.fork(vec![Frame::List { list, next: 0 }], &[(1, Handle::Capture(id))], system) {
                    self.frames.push(Frame::Capture { pid, id });
                }
                Step::Progress
            }
            Err(Stop::Failed(message)) => {
                self.fail(&message, system);
                Step::Progress
            }
        }
    }

    /// Expands all that a command needs before it runs.
    fn prepare(&self, node: &Command, outputs: &[String], system: &System<'_, '_>) -> Result<Ready, Stop> {
        let mut expander = Expander::new(self, &system.core.cwd, system.fs(), system.volumes(), outputs);
        let mut ready = Ready::default();
        let redirects = match node {
            Command::Simple(simple) => {
                ready.argv = expander.fields(&simple.words)?;
                &simple.redirects
            }
            Command::Compound { kind, redirects } => {
                match kind {
                    Compound::For { values: Some(words), .. } => ready.argv = expander.fields(words)?,
                    Compound::For { values: None, .. } => ready.argv.clone_from(&self.positional),
                    Compound::Case { subject, arms } => ready.arm = choose(&mut expander, subject, arms)?,
                    Compound::Group(_) | Compound::Subshell(_) | Compound::If { .. } | Compound::Loop { .. } => {}
                }
                redirects
            }
            Command::Function { .. } => return Ok(ready),
        };
        for redirect in redirects {
            let target = expander.single(&redirect.target)?;
            ready.redirects.push((redirect.fd, redirect.kind, target));
        }
        if let Command::Simple(simple) = node {
            for (name, word) in &simple.assignments {
                let value = expander.single(word)?;
                expander.assign(name, &value);
                ready.assignments.push((name.clone(), value));
            }
        }
        ready.draws = expander.draws();
        ready.assigned = expander.into_assigned();
        for (name, _) in &ready.assignments {
            ready.assigned.remove(name);
        }
        Ok(ready)
    }

    fn execute(&mut self, node: &Arc<Command>, ready: Ready, substituted: Option<i32>, system: &mut System<'_, '_>) -> Step {
        self.random_draws = ready.draws;
        for (name, value) in &ready.assigned {
            if let Err(message) = self.set(name, value) {
                self.fail(&message, system);
                return Step::Progress;
            }
        }
        if self.options.xtrace && matches!(**node, Command::Simple(_)) {
            let words = ready.assignments.iter().map(|(name, value)| format!("{name}={value}"));
            let words: Vec<String> = words.chain(ready.argv.iter().map(|word| builtins::quote_if_needed(word))).collect();
            system.complain(&format!("{}{}", self.variable("PS4").unwrap_or("+ "), words.join(" ")));
        }
        let mark = system.core.saved.len();
        if let Err(message) = redirect_all(&ready.redirects, self.options.noclobber, system) {
            system.restore(mark);
            self.complain(system, &message);
            let is_special = ready.argv.first().is_some_and(|name| builtins::is_special(name));
            if is_special {
                self.begin_exit(2, system)
            } else {
                self.finish(1, system)
            }
            return Step::Progress;
        }
        let is_redirected = mark < system.core.saved.len();
        match &**node {
            Command::Simple(_) => self.run_simple(ready, mark, substituted, system),
            Command::Compound { kind, .. } => {
                if is_redirected {
                    self.frames.push(Frame::Redirected { mark });
                }
                self.run_compound(node, kind, ready, system);
                Step::Progress
            }
            Command::Function { .. } => Step::Progress,
        }
    }

    fn run_compound(&mut self, node: &Arc<Command>, kind: &Compound, ready: Ready, system: &mut System<'_, '_>) {
        match kind {
            Compound::Group(list) => self.push_list(list),
            Compound::Subshell(list) => {
                if let Some(pid) = self.fork(vec![Frame::List { list: list.clone(), next: 0 }], &[], system) {
                    self.frames.push(Frame::Await { pids: VecDeque::from([pid]), statuses: Vec::new() });
                }
            }
            Compound::If { branches, .. } => {
                self.frames.push(Frame::If { node: node.clone(), branch: 0 });
                self.push_list(&branches[0].0);
            }
            Compound::Loop { .. } => {
                self.status = 0;
                self.frames.push(Frame::Loop { node: node.clone(), is_testing: false, status: 0 });
            }
            Compound::For { .. } => {
                self.status = 0;
                self.frames.push(Frame::For { node: node.clone(), values: ready.argv.into() });
            }
            Compound::Case { arms, .. } => {
                self.status = 0;
                if let Some((_, body)) = ready.arm.and_then(|arm| arms.get(arm)) {
                    self.push_list(body);
                }
            }
        }
    }

    fn run_simple(&mut self, ready: Ready, mark: usize, substituted: Option<i32>, system: &mut System<'_, '_>) -> Step {
        let Some(name) = ready.argv.first().cloned() else {
            system.restore(mark);
            for (name, value) in &ready.assignments {
                if let Err(message) = self.set(name, value) {
                    self.fail(&message, system);
                    return Step::Progress;
                }
            }
            self.finish(substituted.unwrap_or(0), system);
            return Step::Progress;
        };
        if let Some(body) = self.functions.get(&name).cloned() {
            if mark < system.core.saved.len() {
                self.frames.push(Frame::Redirected { mark });
            }
            let locals = self.assign_temporarily(&ready.assignments);
            let positional = std::mem::replace(&mut self.positional, ready.argv[1..].to_vec());
            self.frames.push(Frame::Function { positional, locals });
            self.frames.push(Frame::Command { node: body, outputs: Vec::new(), substituted: None });
            return Step::Progress;
        }
        let Some(builtin) = builtins::find(&name) else { return self.run_utility(ready, mark, system) };
        self.run_builtin(builtin, &name, ready, mark, system)
    }

    fn run_builtin(&mut self, builtin: Builtin, name: &str, ready: Ready, mark: usize, system: &mut System<'_, '_>) -> Step {
        if name == "exec" {
            // Redirections of `exec` stay.
            system.core.saved.truncate(mark);
            if ready.argv.len() < 2 {
                self.finish(0, system);
                return Step::Progress;
            }
            let environment = self.environment(&ready.assignments);
            system.core.environment = Arc::new(environment);
            let shell_name = Some(format!("{}: exec: line 0", self.name));
            return Step::Become(Program::Launch { argv: ready.argv[1..].to_vec(), shell_name });
        }
        if mark < system.core.saved.len() {
            self.frames.push(Frame::Redirected { mark });
        }
        let before = self.assign_temporarily(&ready.assignments);
        if !before.is_empty() && !builtins::is_special(name) {
            self.frames.push(Frame::Restore { variables: before });
        }
        let depth = self.frames.len();
        self.command = Some(name.to_owned());
        let status = builtin(self, &ready.argv, system);
        self.command = None;
        // A built-in that goes on in a frame of its own reports its status from there.
        if let Some(status) = status {
            // `eval`, `.` and the like leave frames whose commands set the status.
            if self.frames.len() <= depth { self.finish(status, system) } else { self.status = status }
        }
        Step::Progress
    }

    fn assign_temporarily(&mut self, assignments: &[(String, String)]) -> Vec<(String, Option<Variable>)> {
        let mut before = Vec::new();
        for (name, value) in assignments {
            before.push((name.clone(), self.variables.get(name).cloned()));
            // A read-only variable keeps its value.
            let _ = self.set(name, value);
        }
        before
    }

    /// What a child gets.
    fn environment(&self, assignments: &[(String, String)]) -> BTreeMap<String, String> {
        let exported = self.variables.iter().filter(|(_, variable)| variable.is_exported);
        let mut environment: BTreeMap<String, String> =
            exported.map(|(name, variable)| (name.clone(), variable.value.clone())).collect();
        environment.extend(assignments.iter().cloned());
        environment
    }

    fn run_utility(&mut self, ready: Ready, mark: usize, system: &mut System<'_, '_>) -> Step {
        let environment = Arc::new(self.environment(&ready.assignments));
        let program = Program::Launch { argv: ready.argv, shell_name: Some(self.name.clone()) };
        // The last command of a shell takes its place, unless a trap may have to run.
        if self.frames.is_empty() && self.traps.values().all(|action| action.is_empty()) {
            system.core.saved.truncate(mark);
            system.core.environment = environment;
            return Step::Become(program);
        }
        let own = std::mem::replace(&mut system.core.environment, environment);
        let pid = system.spawn(|_| program, &[]);
        system.core.environment = own;
        system.restore(mark);
        match pid {
            Some(pid) => self.frames.push(Frame::Await { pids: VecDeque::from([pid]), statuses: Vec::new() }),
            None => self.fail("can't fork: Resource temporarily unavailable", system),
        }
        Step::Progress
    }
}

/// A command whose words are expanded.
#[derive(Default)]
struct Ready {
    argv: Vec<String>,
    assignments: Vec<(String, String)>,
    redirects: Vec<(u32, RedirectKind, String)>,
    assigned: BTreeMap<String, String>,
    /// How often `$RANDOM` was drawn.
    draws: u32,
    arm: Option<usize>,
}

fn choose(expander: &mut Expander<'_>, subject: &Word, arms: &[(Vec<Word>, Arc<List>)]) -> Result<Option<usize>, Stop> {
    let subject = expander.single(subject)?;
    for (position, (patterns, _)) in arms.iter().enumerate() {
        for pattern in patterns {
            if crate::pattern::matches(&expander.pattern(pattern)?, &subject) {
                return Ok(Some(position));
            }
        }
    }
    Ok(None)
}

/// Applies redirections in order; the error is the message without the shell's name.
fn redirect_all(redirects: &[(u32, RedirectKind, String)], keeps_files: bool, system: &mut System<'_, '_>) -> Result<(), String> {
    use crate::fs::FsError;
    for (fd, kind, target) in redirects {
        if keeps_files && *kind == RedirectKind::Write && system.fs().read(system.volumes(), &system.absolute(target)).is_ok() {
            return Err(format!("can't create {target}: File exists"));
        }
        let handle = match kind {
            RedirectKind::Here => Some(system.here_document(target)),
            RedirectKind::Duplicate if target == "-" => None,
            RedirectKind::Duplicate => {
                let from = target.parse().map_err(|_| format!("syntax error: bad fd number '{target}'"))?;
                let handle = system.core.fds.get(&from).copied();
                Some(handle.ok_or_else(|| format!("{from}: Bad file descriptor"))?)
            }
            RedirectKind::Read
            | RedirectKind::Write
            | RedirectKind::Append
            | RedirectKind::ReadWrite
            | RedirectKind::Both { .. } => {
                let opened = system.open(target, *kind).map_err(|error| match (kind, error) {
                    (RedirectKind::Read, FsError::NotFound) => format!("can't open {target}: no such file"),
                    (RedirectKind::Read, error) => format!("can't open {target}: {error}"),
                    (_, FsError::NotFound) => format!("can't create {target}: nonexistent directory"),
                    (_, error) => format!("can't create {target}: {error}"),
                });
                Some(opened?)
            }
        };
        system.redirect(*fd, handle);
        if matches!(kind, RedirectKind::Both { .. }) {
            system.redirect(2, handle);
        }
    }
    Ok(())
}
