//! Podlapse for JavaScript: one class, `Session`.
//!
//! There is no logic here: each method converts its arguments, calls the engine or a view, and converts the answer. The types that
//! TypeScript sees are in `session.d.ts`. Left out so far: forks and inputs at a later instant.

mod error;

use podlapse_core::{Budget, Progress, Simulation};
use podlapse_model::{Kind, ObjectKey, SimDuration, SimTime};
use podlapse_view::{History, Language, Messages, RunView, explain};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::error::{Code, Finding, error};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &'static str = include_str!("session.d.ts");

/// A run of a scenario, and the instant of it that is looked at.
#[wasm_bindgen]
pub struct Session {
    simulation: Simulation,
    warnings: JsValue,
    instant: SimTime,
    /// Made when it is asked for after the run went on.
    view: Option<RunView>,
}

/// What [`Session::advance`] returns.
#[derive(Serialize)]
struct Advanced {
    computed: f64,
    end: f64,
    done: bool,
}

#[wasm_bindgen]
impl Session {
    /// Reads a scenario: the YAML that is applied, and the YAML of what is there before. Nothing of its run is computed yet.
    ///
    /// @throws {PodlapseError} with code `invalid-scenario` when the texts have errors
    #[wasm_bindgen(constructor)]
    pub fn new(workload: &str, cluster: Option<String>) -> Result<Session, JsValue> {
        let checked = podlapse_kubectl::simulate("", workload, cluster.as_deref());
        let documents = podlapse_manifest::read_stream(workload).documents.len();
        let findings: Vec<Finding<'_>> = checked.diagnostics.iter().map(|found| Finding::new(found, documents)).collect();
        let warnings = to_js(&findings);
        let Some(simulation) = checked.value.filter(|_| !findings.iter().any(Finding::is_error)) else {
            let first = findings.iter().find(|finding| finding.is_error()).map_or("the texts are no scenario", Finding::message);
            return Err(error(Code::InvalidScenario, first, Some(warnings)));
        };
        Ok(Session { simulation, warnings, instant: SimTime::ZERO, view: None })
    }

    /// What there is to say about the texts although they are a scenario.
    #[wasm_bindgen(getter, unchecked_return_type = "readonly Diagnostic[]")]
    pub fn warnings(&self) -> JsValue {
        self.warnings.clone()
    }

    /// Computes the run to its end, or at most `events` events of it, so that a page can answer in between.
    #[wasm_bindgen(unchecked_return_type = "Progress")]
    pub fn advance(&mut self, events: Option<u32>) -> JsValue {
        let budget = Budget { until: self.simulation.end(), events: events.map_or(u64::MAX, u64::from) };
        let done = match self.simulation.advance(budget) {
            Progress::Paused { .. } => false,
            Progress::Reached | Progress::Quiet => true,
        };
        self.view = None;
        let (computed, end) = (self.simulation.computed_to().as_secs_f64(), self.simulation.end().as_secs_f64());
        to_js(&Advanced { computed, end, done })
    }

    /// The instant that is looked at, in seconds since the workload was applied.
    #[wasm_bindgen(getter, unchecked_return_type = "Seconds")]
    pub fn time(&self) -> f64 {
        self.instant.as_secs_f64()
    }

    /// Looks at another instant. What is not computed yet is computed.
    ///
    /// @throws {PodlapseError} with code `invalid-argument` when it is no time of the run
    pub fn seek(&mut self, #[wasm_bindgen(unchecked_param_type = "Seconds")] seconds: f64) -> Result<(), JsValue> {
        let end = self.simulation.end();
        if !(0.0..=end.as_secs_f64()).contains(&seconds) {
            return Err(error(Code::InvalidArgument, &format!("{seconds} is not between 0 and {}", end.as_secs_f64()), None));
        }
        // The check above keeps the product far below the largest integer.
        self.instant = SimTime::ZERO + SimDuration::from_nanos((seconds * 1e9).round() as u64);
        if self.simulation.computed_to() < self.instant {
            self.simulation.advance(Budget { until: self.instant, events: u64::MAX });
            self.view = None;
        }
        Ok(())
    }

    /// The lines of `kubectl get pods -w` up to the instant.
    #[wasm_bindgen(unchecked_return_type = "WatchRow[]")]
    pub fn rows(&mut self) -> JsValue {
        let instant = self.instant;
        to_js(&self.view().rows().iter().take_while(|row| row.at <= instant).collect::<Vec<_>>())
    }

    /// The events up to the instant.
    #[wasm_bindgen(unchecked_return_type = "EventRow[]")]
    pub fn events(&mut self) -> JsValue {
        let instant = self.instant;
        to_js(&self.view().events().iter().take_while(|event| event.at <= instant).collect::<Vec<_>>())
    }

    /// An object as the API serves it at the instant; `undefined` if there is none.
    ///
    /// @throws {PodlapseError} with code `invalid-argument` when the kind is not simulated
    #[wasm_bindgen(unchecked_return_type = "KubernetesObject | undefined")]
    pub fn object(&mut self, kind: &str, name: &str, namespace: Option<String>) -> Result<JsValue, JsValue> {
        let Some(known) = Kind::MODELLED.iter().copied().find(|known| known.name() == kind) else {
            return Err(error(Code::InvalidArgument, &format!("kind {kind} is not simulated"), None));
        };
        let namespace = namespace.as_deref().unwrap_or("default");
        let key = ObjectKey::new(known, if known.is_namespaced() { namespace } else { "" }, name);
        let instant = self.instant;
        let view = self.view();
        let json = view.object(&key, view.moment_at(instant)).map(|object| object.to_json().to_string());
        Ok(json.map_or(JsValue::UNDEFINED, |json| parse(&json)))
    }

    /// Why the last step up to the instant happened, in English unless another language is asked for.
    ///
    /// @throws {PodlapseError} with code `invalid-argument` when there are no texts in that language
    #[wasm_bindgen(unchecked_return_type = "Explanation")]
    pub fn why(
        &mut self,
        #[wasm_bindgen(unchecked_optional_param_type = "Language")] language: Option<String>,
    ) -> Result<JsValue, JsValue> {
        let messages = messages(language.as_deref())?;
        let instant = self.instant;
        let view = self.view();
        Ok(to_js(&explain(view, view.moment_at(instant), &messages)))
    }

    /// Whether what the scenario expects comes true in what was computed, one verdict for each expectation.
    ///
    /// @throws {PodlapseError} with code `invalid-argument` when there are no texts in that language
    #[wasm_bindgen(unchecked_return_type = "Verdict[]")]
    pub fn verdicts(
        &mut self,
        #[wasm_bindgen(unchecked_optional_param_type = "Language")] language: Option<String>,
    ) -> Result<JsValue, JsValue> {
        let messages = messages(language.as_deref())?;
        let expected = self.simulation.scenario().simulation.expect.clone();
        Ok(to_js(&self.view().verdicts(&expected, &messages)))
    }

    /// All that was computed, in the format in which recordings of real clusters are kept.
    #[wasm_bindgen(unchecked_return_type = "Trace")]
    pub fn trace(&self) -> JsValue {
        parse(&podlapse_view::trace(&self.simulation).to_string())
    }

    /// A fingerprint of all that was computed; the same everywhere for the same scenario, seed and version.
    pub fn digest(&self) -> String {
        self.simulation.digest().to_string()
    }
}

impl Session {
    fn view(&mut self) -> &RunView {
        let simulation = &self.simulation;
        self.view.get_or_insert_with(|| RunView::new(History::from(simulation)))
    }
}

fn parse(json: &str) -> JsValue {
    js_sys::JSON::parse(json).expect("the engine writes JSON")
}

/// The texts of a language, English if none is named.
fn messages(language: Option<&str>) -> Result<Messages, JsValue> {
    let tag = language.unwrap_or("en");
    let language = Language::from_tag(tag);
    language.map(Messages::new).ok_or_else(|| error(Code::InvalidArgument, &format!("there are no texts in {tag}"), None))
}

/// A value as plain JavaScript objects; what is absent is `undefined`.
fn to_js(value: &impl Serialize) -> JsValue {
    let serializer = serde_wasm_bindgen::Serializer::new().serialize_maps_as_objects(true);
    value.serialize(&serializer).expect("views hold only texts, small numbers and lists")
}
