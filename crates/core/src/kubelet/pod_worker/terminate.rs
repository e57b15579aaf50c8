//! The end of a Pod on its node.
//!
//! Models `pkg/kubelet/kubelet.go` `SyncTerminatingPod` and `SyncTerminatedPod` (v1.36).

use podlapse_model::{SimDuration, Uid};

use super::kill::Kill;
use super::{Activity, Completion, Phase, Stage, Step};
use crate::cri::{Call, Reply};
use crate::kubelet::machine::{Kubelet, KubeletContext, KubeletOutput, KubeletTimer, Waiter};
use crate::kubelet::runtime_status::RuntimeStatus;
use crate::why::Rule;

/// `podAttachAndMountRetryInterval`, with which the unmount is polled too.
const UNMOUNT_POLL: SimDuration = SimDuration::from_millis(300);

impl Kubelet {
    /// Stops everything of a Pod.
    pub(super) fn sync_terminating_pod(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let (pod, seen) = (sync.pod.clone(), sync.seen.clone());
        let running: Vec<Kill> = seen.containers.iter().filter(|run| run.exit().is_none()).map(Kill::of_pod).collect();
        if !running.is_empty() {
            sync.steps.push_back(Step::Kill(running));
        }
        for sandbox in &seen.sandboxes {
            sync.steps.push_back(Step::StopSandbox(sandbox.id.clone()));
        }
        sync.steps.push_back(Step::Stopped);
        self.set_status(cx, uid, &pod, &seen, false, out);
        self.stop_liveness_and_startup_probes(uid, out);
        self.run_steps(cx, uid, out);
    }

    /// Everything has stopped: the runtime is asked once more how each container ended.
    pub(super) fn pod_stopped(&mut self, _cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        self.remove_probes(uid, out);
        self.set_stage(uid, Stage::InspectingEnd);
        self.call(Waiter::Worker(uid.clone()), Call::ListPods, out);
    }

    /// How the containers ended is known.
    pub(super) fn end_inspected(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, reply: Reply, out: &mut KubeletOutput) {
        let Reply::Pods(pods) = reply else { return };
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let pod = sync.pod.clone();
        let seen = RuntimeStatus::of_pod(&pods, uid, Some(&sync.seen));
        self.set_status(cx, uid, &pod, &seen, true, out);
        self.volumes.begin_unmount(uid, cx.now);
        if let Some(worker) = self.workers.get_mut(uid) {
            worker.phase = Phase::Terminated;
        }
        self.has_stopped(cx, uid, out);
        self.complete(cx, uid, Completion::PhaseEnded, out);
    }

    /// Lets go of what is left: volumes, then the status manager may delete the Pod.
    pub(super) fn sync_terminated_pod(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(sync) = self.workers.get_mut(uid).and_then(|worker| worker.sync()) else { return };
        let (pod, seen) = (sync.pod.clone(), sync.seen.clone());
        self.set_status(cx, uid, &pod, &seen, true, out);
        self.set_stage(uid, Stage::Unmounting);
        self.poll_unmount(cx, uid, out);
    }

    fn poll_unmount(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        if !self.volumes.is_unmounted(uid, cx.now) {
            out.arm(KubeletTimer::Worker(uid.clone()), cx.now + UNMOUNT_POLL);
            return;
        }
        out.because(Rule::PodTerminated, []);
        let Some(worker) = self.workers.get_mut(uid) else { return };
        worker.phase = Phase::Finished;
        let is_gone = worker.is_gone;
        self.finish_status(cx, uid, out);
        self.complete(cx, uid, Completion::Done, out);
        if is_gone {
            self.forget_pod(uid);
        }
        self.go_on_with_shutdown(cx, out);
    }

    /// Goes on with a sync that waits for time to pass.
    pub(super) fn sync_timer(&mut self, cx: &mut KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let Some(worker) = self.workers.get(uid) else { return };
        let Activity::Syncing(sync) = &worker.activity else { return };
        match &sync.stage {
            Stage::Unmounting => self.poll_unmount(cx, uid, out),
            Stage::Starting(_) => self.start_timer(cx, uid, out),
            Stage::Ready => self.run_steps(cx, uid, out),
            Stage::Volumes { .. } | Stage::Killing | Stage::StoppingSandbox | Stage::CreatingSandbox | Stage::InspectingEnd => {}
        }
    }

    /// Sees to it that the Pod is looked at when its time is up.
    pub(super) fn arm_deadline(&self, cx: &KubeletContext<'_>, uid: &Uid, out: &mut KubeletOutput) {
        let ends = self.workers.get(uid).zip(self.statuses.current(uid)).and_then(|(worker, status)| {
            crate::kubelet::deadline::deadline_after(&worker.pod, status.start_time.as_ref()?, cx.wall)
        });
        if let Some(ends) = ends {
            // The sync ticker asks every second whether a Pod's time is up.
            out.arm(KubeletTimer::Deadline(uid.clone()), self.sync_tick_after(ends.max(cx.now)));
        }
    }
}
