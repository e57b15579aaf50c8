/** Seconds of virtual time since the workload was applied. */
export type Seconds = number;

/** What every method throws. */
export interface PodlapseError extends Error {
  readonly name: "PodlapseError";
  readonly code: "invalid-scenario" | "invalid-argument";
  /** Of `invalid-scenario`: everything that is wrong with the texts. */
  readonly diagnostics?: readonly Diagnostic[];
}

/** A finding about the texts. */
export interface Diagnostic {
  readonly severity: "info" | "warning" | "error";
  /** In Kubernetes' words where it has words for it. */
  readonly message: string;
  /** As in `spec.containers[0].image`. */
  readonly path?: string;
  readonly text: "workload" | "cluster";
  /** Counted from 1. */
  readonly line?: number;
  /** Counted from 1. */
  readonly column?: number;
  readonly hint?: string;
}

/** How far a run is computed. */
export interface Progress {
  /** Everything up to here is computed. */
  readonly computed: Seconds;
  /** Where the scenario ends. */
  readonly end: Seconds;
  /** Whether all of it is computed. */
  readonly done: boolean;
}

/** The look of a state. */
export type Tone =
  | "waiting" | "creating" | "running" | "ready" | "failing" | "back-off" | "terminating" | "completed" | "unknown";

/** A line of `kubectl get pods -w`. */
export interface WatchRow {
  readonly at: Seconds;
  /** The number of its moment. */
  readonly moment: number;
  /** NAME, READY, STATUS, RESTARTS and AGE. */
  readonly cells: readonly [name: string, ready: string, status: string, restarts: string, age: string];
  readonly tone: Tone;
}

/** One appearance of an event: its first, or one more of its count. */
export interface EventRow {
  readonly at: Seconds;
  /** The number of its moment. */
  readonly moment: number;
  readonly is_warning: boolean;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly source: string;
  /** As in `pod/web`. */
  readonly about: string;
  readonly container?: string;
}

/** A Kubernetes object, as the API serves it. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Why a step happened. */
export interface Explanation {
  readonly title: string;
  readonly reasons: readonly {
    readonly title: string;
    readonly sentence: string;
    readonly facts: readonly { readonly label: string; readonly value: string }[];
    /** The place in the Kubernetes source that the rule models. */
    readonly source: string;
    /** The address of its page in the documentation. */
    readonly docs: string;
  }[];
  readonly changes: readonly { readonly object: string; readonly what: string }[];
  /** Calls to the runtime as name, what about, outcome. */
  readonly calls: readonly (readonly [string, string, string])[];
  /** What caused it, the nearest cause first. */
  readonly chain: readonly { readonly moment: number; readonly at: Seconds; readonly title: string }[];
}

/** Whether something that the scenario expects came true. */
export interface Verdict {
  /** What was expected. */
  readonly sentence: string;
  readonly holds: boolean;
  /** When that was decided. */
  readonly at: Seconds;
  readonly moment: number;
  /** The STATUS of the Pod then; `null` if there was none. */
  readonly status: string | null;
}

/** A run in the format in which recordings of real clusters are kept. */
export interface Trace {
  readonly kubernetes: string;
  readonly watch: readonly { readonly t: Seconds; readonly type: string; readonly row: Readonly<Record<string, unknown>> }[];
  readonly pods: readonly { readonly t: Seconds; readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubernetesObject }[];
  readonly events: readonly { readonly t: Seconds; readonly type: string; readonly reason: string; readonly message: string }[];
  readonly [part: string]: unknown;
}

/** The language of explanations. */
export type Language = "en" | "zh";
