// What strict TypeScript makes of the package's types; compiled, never run.

import { Session } from "podlapse";
import type { Diagnostic, EventRow, Explanation, KubernetesObject, PodlapseError, Progress, Seconds, Trace, Verdict, WatchRow } from "podlapse";

export function life(workload: string, cluster?: string): string[] {
  const session = new Session(workload, cluster);
  const warnings: readonly Diagnostic[] = session.warnings;
  let progress: Progress = session.advance(1000);
  while (!progress.done) progress = session.advance(1000);
  const end: Seconds = progress.end;
  session.seek(end);
  const rows: WatchRow[] = session.rows();
  const events: EventRow[] = session.events();
  const pod: KubernetesObject | undefined = session.object("Pod", "web");
  const trace: Trace = session.trace();
  const why: Explanation = session.why("zh");
  // @ts-expect-error: there is no such language
  session.why("tlh");
  // @ts-expect-error: an instant is a number of seconds
  session.seek("1m");
  const verdicts: Verdict[] = session.verdicts();
  const name: string = pod?.metadata.name ?? "gone";
  return [...rows.map(({ cells: [, ready] }) => ready), ...events.map(({ reason }) => reason), why.title, name, trace.kubernetes, `${warnings.length}`, ...verdicts.map(({ sentence }) => sentence)];
}

export function explain(error: unknown): string {
  const { code, diagnostics = [] } = error as PodlapseError;
  return [code, ...diagnostics.map(({ line, message }) => `${line ?? "?"}: ${message}`)].join("\n");
}
