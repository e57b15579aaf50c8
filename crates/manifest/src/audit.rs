//! What the API server would say of objects that it can decode, at the places of the text.
//!
//! Beside the server's words each finding may have a short explanation of its rule, and a remedy where only one comes into question.

use podlapse_model::{Kind, Object, SortedSet, Uid};
use serde_json::{Value, json};

use crate::check::{Diagnostic, Severity};
use crate::create::{pod_template, prepare_for_create};
use crate::defaults::default_object;
use crate::fix::{Fix, Remedy};
use crate::not_simulated::not_simulated;
use crate::place::Places;
use crate::read::{Document, Stream};
use crate::similar::closest;
use crate::submit::Submission;
use crate::validate::{FieldError, FieldErrorKind, validate};
use crate::warnings::{early_warnings, warnings};

/// What the rules are for, by words of their messages.
const EXPLANATIONS: &[(&str, &str)] = &[
    ("`selector` does not match template", "a controller finds its Pods by their labels, so its selector must match them"),
    ("a lowercase RFC 1123", "names become parts of host names: small letters, digits and dashes"),
    ("field is immutable", "delete the object and create it anew to change this"),
    ("restartPolicy: Unsupported value", "Pods of such a controller are always restarted; a Job's are not"),
    ("restartPolicy: Required value", "a Job's Pods end, so they are not always restarted"),
    ("must be less than or equal to", "a request is what is kept free for the container, and its limit is the most that it gets"),
    ("Not found", "it must be declared in the same Pod"),
    ("Duplicate value", "each must be the only one of its name"),
    ("may not specify more than 1", "choose one of them"),
    ("must be between", "the number is out of range"),
    ("must be a standard resource", "other resources have a domain, as in example.com/gpu"),
    ("a valid label key must", "a key is a name, with a domain and a slash before it if you like"),
    ("a valid label must", "values of labels are short words: letters, digits, dashes, dots"),
    ("may not be 0 when `maxSurge` is 0", "a rollout must be able to take a Pod away or to add one"),
    ("empty selector is invalid", "an empty selector would take in every Pod"),
    ("at least 1 access mode", "say how the volume is mounted, as in ReadWriteOnce"),
    ("must be greater than minReadySeconds", "a rollout could never make progress in time"),
];

fn explanation(text: &str) -> Option<&'static str> {
    EXPLANATIONS.iter().find(|(words, _)| text.contains(words)).map(|(_, explanation)| *explanation)
}

/// The findings about every decoded object of a stream.
pub(crate) fn audit(stream: &Stream, submission: &Submission) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut told = SortedSet::new();
    for entry in &submission.entries {
        let document = stream.documents.iter().find(|document| document.index == entry.document);
        let (Ok(object), Some(document)) = (&entry.outcome, document) else { continue };
        if object.kind() == Kind::Unmodelled {
            continue;
        }
        // Each such field is told once, however many objects have it.
        let silent = not_simulated(object).into_iter().filter(|(name, _)| told.insert(*name));
        let silent: Vec<String> = silent.map(|(_, path)| path).collect();
        let mut object = object.clone();
        default_object(&mut object);
        if object.metadata().name.is_none() && object.metadata().generate_name.is_some() {
            object.metadata_mut().name = object.metadata().generate_name.as_ref().map(|prefix| format!("{prefix}00000"));
        }
        if let Object::Pod(pod) = &mut object {
            // Admission gives a Pod its service account before anything is validated.
            let spec = std::sync::Arc::make_mut(pod).spec.get_or_insert_default();
            spec.service_account_name.get_or_insert_with(|| "default".to_owned());
        }
        let mut warned = early_warnings(&object);
        // No rule looks at the values of uid and time.
        prepare_for_create(&mut object, &Uid::from("00000000-0000-0000-0000-000000000000"), jiff::Timestamp::UNIX_EPOCH);
        let auditor = Auditor { document, prefix: &entry.path, object: &object };
        let errors = validate(&object);
        if errors.is_empty() {
            warned.append(&mut warnings(&object));
        }
        findings.extend(errors.iter().map(|error| auditor.invalid(error)));
        findings.extend(silent.iter().map(|path| auditor.not_simulated(path)));
        findings.extend(warned.iter().map(|warning| auditor.warned(warning)));
    }
    findings
}

struct Auditor<'a> {
    document: &'a Document,
    /// Where the object stands in its document.
    prefix: &'a str,
    object: &'a Object,
}

impl Auditor<'_> {
    fn full(&self, path: &str) -> String {
        if self.prefix.is_empty() { path.to_owned() } else { format!("{}.{path}", self.prefix) }
    }

    fn finding(&self, severity: Severity, message: String, path: &str) -> Diagnostic {
        let places = self.document.places.find(&self.full(path));
        let is_whole = std::ptr::eq(places, &self.document.places);
        let place = if is_whole { places.value } else { places.point() };
        Diagnostic::new(severity, self.document.index, message).about(path).at(Some(place))
    }

    fn warned(&self, warning: &str) -> Diagnostic {
        let path = warning.split_once(": ").map_or("", |(path, _)| path);
        self.finding(Severity::Warning, warning.to_owned(), path)
    }

    fn not_simulated(&self, path: &str) -> Diagnostic {
        self.finding(Severity::Info, format!("{path}: kept and shown, but not simulated"), path)
    }

    fn invalid(&self, error: &FieldError) -> Diagnostic {
        let message = error.to_string();
        let mut finding = self.finding(Severity::Error, message.clone(), &error.field);
        finding.hint = explanation(&message).map(str::to_owned);
        finding.fix = self.remedy(error);
        finding
    }

    fn places(&self, path: &str) -> Option<&Places> {
        let (places, is_exact) = self.document.places.find_exact(&self.full(path));
        is_exact.then_some(places)
    }

    fn remedy(&self, error: &FieldError) -> Option<Fix> {
        let fix = |path: &str, place, remedy| Some(Fix { path: path.to_owned(), place, remedy });
        match error.kind {
            FieldErrorKind::NotSupported => {
                let places = self.places(&error.field)?;
                let written: String = serde_json::from_str(&error.value).ok()?;
                let supported = error.detail.strip_prefix("supported values: ")?;
                let supported: Vec<&str> = supported.split(", ").map(|value| value.trim_matches('"')).collect();
                let meant = closest(&written, supported.into_iter())?;
                fix(&error.field, places.value, Remedy::Rename(meant.to_owned()))
            }
            FieldErrorKind::Required if error.field == "spec.selector" => {
                let labels = self.template_labels()?;
                let first = self.first_field("spec")?;
                fix("spec.selector", first, Remedy::AddField("selector".to_owned(), json!({"matchLabels": labels})))
            }
            FieldErrorKind::Invalid if error.detail == "`selector` does not match template `labels`" => self.missing_label(),
            FieldErrorKind::Required
            | FieldErrorKind::Invalid
            | FieldErrorKind::Duplicate
            | FieldErrorKind::Forbidden
            | FieldErrorKind::NotFound
            | FieldErrorKind::TooLong
            | FieldErrorKind::TooMany
            | FieldErrorKind::Internal => None,
        }
    }

    fn template_labels(&self) -> Option<Value> {
        let labels = pod_template(self.object)?.metadata.as_ref()?.labels.as_ref()?;
        (!labels.is_empty()).then(|| podlapse_model::to_json(labels))
    }

    /// Where the first field of a mapping stands.
    fn first_field(&self, path: &str) -> Option<crate::place::Place> {
        self.places(path)?.fields.values().filter_map(|places| places.key).min()
    }

    /// The one label that the selector asks for and the template does not have at all.
    fn missing_label(&self) -> Option<Fix> {
        let json = self.object.to_json();
        let wanted = json.pointer("/spec/selector/matchLabels")?.as_object()?;
        let path = "spec.template.metadata.labels";
        let labels = json.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
        let missing: Vec<_> = wanted.iter().filter(|(key, _)| labels.is_none_or(|labels| !labels.contains_key(*key))).collect();
        let is_other =
            wanted.iter().any(|(key, value)| labels.is_some_and(|labels| labels.get(key).is_some_and(|own| own != value)));
        if is_other || missing.is_empty() {
            return None;
        }
        let absent = |place, name: &str, value| {
            Some(Fix { path: path.to_owned(), place, remedy: Remedy::AddField(name.to_owned(), value) })
        };
        match (
            missing.as_slice(),
            self.first_field(path),
            self.first_field("spec.template.metadata"),
            self.first_field("spec.template"),
        ) {
            ([(key, value)], Some(place), _, _) => absent(place, key, (*value).clone()),
            (_, None, Some(place), _) => absent(place, "labels", wanted.clone().into()),
            (_, None, None, Some(place)) if self.places("spec.template.metadata").is_none() => {
                absent(place, "metadata", json!({"labels": wanted}))
            }
            (_, _, _, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Severity, scenario};

    fn mended(text: &str) -> String {
        let mut text = text.to_owned();
        for _ in 0..9 {
            let found = scenario(&text, None).diagnostics;
            let Some(fix) = found.iter().find_map(|found| found.fix.clone()) else { break };
            text = fix.apply(&text).unwrap();
        }
        text
    }

    fn errors(text: &str) -> Vec<String> {
        let found = scenario(text, None).diagnostics;
        let errors = found.iter().filter(|found| found.severity == Severity::Error);
        errors.map(|found| format!("{}: {}", found.place.unwrap().line, found.message)).collect()
    }

    #[test]
    fn all_errors_stand_at_their_lines() {
        let text =
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: Web\nspec:\n  restartPolicy: always\n  containers:\n  - name: app\n";
        let found = errors(text);
        assert!(found[0].starts_with("4: metadata.name: Invalid value: \"Web\""), "{found:?}");
        assert!(found[1].starts_with("6: spec.restartPolicy: Unsupported value: \"always\""), "{found:?}");
        assert_eq!(found[2], "8: spec.containers[0].image: Required value");
    }

    #[test]
    fn an_old_deployment_is_mended_step_by_step() {
        let text = "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  replicas: 2\n  template:\n    \
                    metadata:\n      labels:\n        app: web\n    spec:\n      contianers:\n      - name: app\n        image: nginx\n        \
                    imagePullPolicy: always\n        ports:\n        - containerPort: '80'\n";
        let mended = mended(text);
        assert_eq!(errors(&mended), Vec::<String>::new(), "{mended}");
        assert!(mended.contains("spec:\n  selector:\n    matchLabels:\n      app: web\n  replicas: 2\n"), "{mended}");
        assert!(mended.contains("- containerPort: 80\n"), "{mended}");
    }

    #[test]
    fn a_label_that_the_selector_asks_for_is_added() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web, tier: a}}\n  \
                    template:\n    metadata:\n      labels:\n        app: web\n    spec: {containers: [{name: a, image: b}]}\n";
        assert!(mended(text).contains("      labels:\n        tier: a\n        app: web\n"));
        let other = text.replace("        app: web\n", "        app: api\n");
        assert_eq!(mended(&other), other, "whether selector or label is wrong is for the user to say");
    }
}
