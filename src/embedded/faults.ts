/** The instants at which the crash tests kill the process, in the order of a run. */
export const FAULT_POINTS = [
  'state:before-commit',
  'ingest:after-work-opened',
  'scan:long-line-begun',
  'scan:long-line-ended',
  'ingest:after-staged',
  'ingest:after-parquet',
  'ingest:after-prepared',
  'ingest:after-commit',
  'semantic:after-work-opened',
  'semantic:after-resolved',
  'semantic:between-files',
  'semantic:after-files',
  'semantic:between-tables',
  'semantic:after-prepared',
  'semantic:after-commit',
  'maintain:after-work-opened',
  'maintain:after-files',
  'maintain:after-prepared',
  'maintain:after-commit',
  'maintain:between-removals',
  'forget:after-ticket',
  'forget:after-rows',
  'forget:after-letters',
  'forget:before-scrub',
] as const;

export type FaultPoint = (typeof FAULT_POINTS)[number];

/** Called at the most critical instants. Does nothing outside crash tests. */
export interface FaultPoints {
  hit(point: FaultPoint): void;
}

export const NO_FAULTS: FaultPoints = { hit: () => undefined };

/** Names the point at which the process kills itself, like a power cut: without handlers and without a flush. */
export const FAULT_VARIABLE = 'LEAN_OPS_FAULT';

/** `LEAN_OPS_FAULT=ingest:after-parquet`, or `ingest:after-parquet#3` for the third time it is reached. */
export function faultsFrom(environment: Readonly<Record<string, string | undefined>>): FaultPoints {
  const wanted = environment[FAULT_VARIABLE];
  if (wanted === undefined || wanted === '') return NO_FAULTS;
  const [name, count] = wanted.split('#');
  let left = count === undefined ? 1 : Number(count);
  return {
    hit(point) {
      if (point !== name) return;
      left -= 1;
      if (left === 0) process.kill(process.pid, 'SIGKILL');
    },
  };
}
