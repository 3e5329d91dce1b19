import { randomUUID } from 'node:crypto';
import { type Amendment, type AwsAnswer, type AwsCall, jsonAnswer } from './proxy.ts';

/** How a run of a Glue job ended. */
export interface JobEnd {
  readonly state: 'SUCCEEDED' | 'FAILED' | 'TIMEOUT';
  /** The run's error text. */
  readonly error?: string;
}

/** Runs the job with the arguments of StartJobRun. A text refuses the start with that error. */
export type JobRunner = (args: Readonly<Record<string, string>>) => Promise<JobEnd> | string;

/** Glue's job runs. In moto they all succeed; here the runner decides how they end. */
export function glueJobs(run: JobRunner): Amendment {
  const states = new Map<string, JobEnd | null>();
  return async ({ target, body }) => {
    if (target === 'AWSGlue.StartJobRun') {
      const { Arguments = {} } = JSON.parse(body.toString('utf8'));
      const started = run(Arguments);
      if (typeof started === 'string') return refused(started, 'by the test');
      const id = `jr_${randomUUID()}`;
      states.set(id, null);
      void started.then((end) => states.set(id, end));
      return jsonAnswer(200, { JobRunId: id });
    }
    if (target !== 'AWSGlue.GetJobRun') return null;
    const { JobName, RunId } = JSON.parse(body.toString('utf8'));
    const end = states.get(RunId);
    if (end === undefined) return refused('EntityNotFoundException', RunId);
    const failure = end?.error === undefined ? {} : { ErrorMessage: end.error };
    const JobRun = { Id: RunId, JobName, JobRunState: end?.state ?? 'RUNNING', ...failure };
    return jsonAnswer(200, { JobRun });
  };
}

/**
 * Glue refuses an update of a table's entry if its VersionId is not the newest. moto does not check that. One
 * update at a time.
 */
export function glueVersions(): Amendment {
  const versions = new Map<string, number>();
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = last.then(task);
    last = next.catch(() => null);
    return next;
  };
  return async (call, pass) => {
    if (call.target === 'AWSGlue.GetTable') return inTurn(() => readTable(call, pass, versions));
    if (call.target === 'AWSGlue.UpdateTable') return inTurn(() => updateTable(call, pass, versions));
    return null;
  };
}

type Pass = (call: AwsCall) => Promise<AwsAnswer>;

async function readTable(call: AwsCall, pass: Pass, versions: Map<string, number>): Promise<AwsAnswer> {
  const answer = await pass(call);
  if (answer.status !== 200) return answer;
  const { DatabaseName, Name } = JSON.parse(call.body.toString('utf8'));
  const body = JSON.parse(answer.body.toString('utf8'));
  body.Table.VersionId = String(versions.get(`${DatabaseName}.${Name}`) ?? 0);
  return { ...answer, body: Buffer.from(JSON.stringify(body)) };
}

async function updateTable(call: AwsCall, pass: Pass, versions: Map<string, number>): Promise<AwsAnswer> {
  const { DatabaseName, TableInput, VersionId } = JSON.parse(call.body.toString('utf8'));
  const key = `${DatabaseName}.${TableInput.Name}`;
  const version = versions.get(key) ?? 0;
  if (VersionId !== undefined && VersionId !== String(version)) {
    return refused('ConcurrentModificationException', `Update table failed: it is at version ${version}`);
  }
  const answer = await pass(call);
  if (answer.status === 200) versions.set(key, version + 1);
  return answer;
}

function refused(type: string, message: string): AwsAnswer {
  return jsonAnswer(400, { __type: type, Message: message, message });
}
