//! The kubelet's event recorder: events wait in line and are written one after the other.
//!
//! Models `k8s.io/client-go/tools/record` `eventBroadcaster` (v1.36); counting and folding of alike events is `events::Correlator`.

use std::collections::VecDeque;
use std::sync::Arc;

use podlapse_model::api::core::v1::Pod;
use podlapse_model::{Object, SimDuration};

use super::machine::{KubeletContext, KubeletOutput, KubeletTimer};
use crate::events::{EventRecorder, PodEvent, Recorded};
use crate::why::{Fact, Rule};

/// How long the API server needs for one event.
const WRITE_LATENCY: SimDuration = SimDuration::from_millis(6);

/// Events on their way to the API server.
#[derive(Clone, Debug)]
pub(super) struct Recorder {
    recorder: EventRecorder,
    waiting: VecDeque<Recorded>,
}

impl Recorder {
    pub(super) fn new(node: &str) -> Self {
        Recorder { recorder: EventRecorder::new("kubelet", Some(node)), waiting: VecDeque::new() }
    }

    /// Takes an event about a Pod in.
    pub(super) fn record(&mut self, cx: &KubeletContext<'_>, pod: &Arc<Pod>, event: PodEvent, out: &mut KubeletOutput) {
        self.record_about(cx, Object::Pod(pod.clone()), event, out);
    }

    /// Takes an event in.
    pub(super) fn record_about(&mut self, cx: &KubeletContext<'_>, about: Object, event: PodEvent, out: &mut KubeletOutput) {
        if self.waiting.is_empty() {
            out.arm(KubeletTimer::Recorder, cx.now + WRITE_LATENCY);
        }
        self.waiting.push_back(Recorded { about, event, at: cx.now });
    }

    /// Writes the event that waits longest.
    pub(super) fn write(&mut self, cx: &mut KubeletContext<'_>, out: &mut KubeletOutput) {
        if let Some(recorded) = self.waiting.pop_front() {
            let request = self.recorder.request(&recorded, cx.wall, cx.store);
            if request.is_some() {
                let facts = [Fact::Word(recorded.event.reason.as_ref().into()), Fact::Object(recorded.about.key())];
                out.because(Rule::EventRecorded, facts);
            }
            out.requests.extend(request);
        }
        if !self.waiting.is_empty() {
            out.arm(KubeletTimer::Recorder, cx.now + WRITE_LATENCY);
        }
    }
}
