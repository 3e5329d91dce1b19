import { rename, writeFile } from 'node:fs/promises';
import type { TopicContract } from '../../contract/contract-folder.ts';
import { type NewProperty, withMuted, withoutMuted, withProperty } from '../../contract/edit-contract.ts';
import { type InferredProperty, inferProperty } from '../../contract/infer-property.ts';
import { loadContract } from '../../contract/load.ts';
import type { MutedDrift, PathSegment, Topic } from '../../contract/model.ts';
import { parsePropertyType, TYPE_WORDS } from '../../contract/property-type.ts';
import { type DriftFinding, readDrift } from '../../duckdb/drift/drift.ts';
import { readValuesAt } from '../../duckdb/drift/drift-values.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { knownObjects } from '../../semantic/known-objects.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** A contract file before and after an edit. */
export interface ContractEdit {
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly topic: Topic;
}

export interface AcceptOptions {
  /** The type as people write it; null: inferred from RAW. */
  readonly type: string | null;
  /** 'none': never masked; null: masked if it looks personal. */
  readonly masking: 'none' | 'hash' | 'redact' | 'partial' | 'null' | null;
  readonly signal: AbortSignal;
}

export interface Acceptance {
  readonly edit: ContractEdit;
  readonly property: NewProperty;
  readonly inferred: InferredProperty;
}

/** The contract with the unknown path as an optional property. Writes nothing. Throws NOT_FOUND, USAGE. */
export async function acceptDrift(
  workspace: Workspace,
  topic: string,
  path: string,
  options: AcceptOptions,
): Promise<Acceptance> {
  const contract = await workspace.contract(topic);
  const segments = acceptablePath(
    contract.topic,
    await findingsAt(workspace, topic, path, options.signal),
    path,
  );
  const { starts, values } = await readValuesAt(workspace, topic, segments, options.signal);
  const inferred = inferProperty(segments, values);
  const type = options.type === null ? inferredType(inferred, starts, path) : namedType(options.type);
  const proposed = inferred.personal === null ? null : type.logicalType === 'string' ? 'hash' : 'null';
  const masking = options.masking === 'none' ? null : (options.masking ?? proposed);
  const property = { path: segments, type, masking } as const;
  return { edit: sound(contract, withProperty(contract.text, contract.topic, property)), property, inferred };
}

/** The contract with drift of the path muted. Writes nothing. Throws NOT_FOUND, USAGE. */
export async function muteDrift(
  workspace: Workspace,
  topic: string,
  muted: MutedDrift,
  signal: AbortSignal,
): Promise<ContractEdit> {
  const contract = await workspace.contract(topic);
  const found = await findingsAt(workspace, topic, muted.path, signal);
  if (found.every((each) => each.muted || (muted.kind !== null && each.kind !== muted.kind)))
    throw new LeanOpsError('NOT_FOUND', {
      operation: 'muting drift',
      detail: found.some((each) => each.muted)
        ? `drift of ${muted.path} is already muted`
        : `${muted.path} shows ${found.map(({ kind }) => kind).join(', ')}, not ${muted.kind}`,
    });
  return sound(contract, withMuted(contract.text, muted));
}

/** The contract that reports drift of the path again. Writes nothing. Throws NOT_FOUND, USAGE. */
export async function unmuteDrift(
  workspace: Workspace,
  topic: string,
  muted: MutedDrift,
): Promise<ContractEdit> {
  const contract = await workspace.contract(topic);
  const after = withoutMuted(contract.text, muted);
  if (after !== null) return sound(contract, after);
  const { path, kind } = muted;
  const own = contract.topic.driftMuted.filter((each) => each.path === path);
  throw new LeanOpsError('NOT_FOUND', {
    operation: 'unmuting drift',
    detail:
      own.length === 0
        ? `drift of ${path} is not muted`
        : `drift of ${path} is muted for ${own.map((each) => each.kind ?? 'every kind').join(', ')}, not for ${kind}`,
    remedy: 'See `lean-ops drift --all`, or omit --kind.',
  });
}

/** Replaces the contract file. Throws USAGE if it changed since it was read. */
export async function writeEdit(workspace: Workspace, topic: string, edit: ContractEdit): Promise<void> {
  const now = await workspace.contract(topic);
  if (now.text !== edit.before)
    throw new LeanOpsError('USAGE', {
      operation: 'editing the contract',
      detail: 'the file changed meanwhile, so nothing was written',
      file: edit.file,
      remedy: 'Run the command again.',
    });
  const beside = `${edit.file}.new`;
  await writeFile(beside, edit.after);
  await rename(beside, edit.file);
}

async function findingsAt(
  workspace: Workspace,
  topic: string,
  path: string,
  signal: AbortSignal,
): Promise<readonly DriftFinding[]> {
  const all = await readDrift(workspace, [topic], signal);
  const found = all.filter((finding) => finding.path === path);
  if (found.length > 0) return found;
  throw new LeanOpsError('NOT_FOUND', {
    operation: 'looking for drift',
    detail: `${topic} shows no drift of ${path}`,
    remedy: `Name a path as \`lean-ops drift ${topic}\` shows it.`,
  });
}

/** Splits an unknown path into an object of the contract and the name of a member, which must be an identifier. */
function acceptablePath(topic: Topic, found: readonly DriftFinding[], path: string): readonly PathSegment[] {
  const refuse = (detail: string, remedy: string): LeanOpsError =>
    new LeanOpsError('USAGE', { operation: 'accepting drift', detail, remedy });
  if (path.endsWith('{key}'))
    throw refuse(
      `${path} represents members whose names are not identifiers; such names are not stored`,
      'Look at the messages and add the property to the contract by hand.',
    );
  if (!found.some(({ kind }) => kind === 'UNKNOWN_PATH'))
    throw refuse(
      `${path} is not an unknown path. Its drift is ${found.map(({ kind }) => kind).join(', ')}`,
      'The contract already has it. Change its property by hand, or fix the producer.',
    );
  for (const object of knownObjects(topic.columns)) {
    const key = object.displayPath === '' ? path : path.slice(object.displayPath.length + 1);
    const here = object.displayPath === '' || path === `${object.displayPath}.${key}`;
    if (!here || !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(key)) continue;
    if (object.named.includes(key))
      throw refuse(
        `the contract already has ${path}`,
        'There is nothing to do. The drift is older than the property.',
      );
    return [...object.path, { kind: 'key', key }];
  }
  throw refuse(`the contract has no object around ${path}`, 'Add the property to the contract by hand.');
}

/** The kinds of values by their first character: digits and signs are numbers, `t` and `f` are booleans, null counts as none. */
function inferredType(inferred: InferredProperty, starts: ReadonlyMap<string, number>, path: string) {
  const kinds = new Set(
    [...starts.keys()]
      .filter((start) => start !== 'n')
      .map((start) => (/[-\d]/.test(start) ? '0' : start === 'f' ? 't' : start)),
  );
  if (inferred.sure && kinds.size === 1) return inferred.type;
  throw new LeanOpsError('USAGE', {
    operation: 'accepting drift',
    detail: `the type of ${path} is ambiguous: ${kinds.size > 1 ? 'its values have different kinds' : inferred.reason}`,
    remedy: `Name it with --type: ${TYPE_WORDS}.`,
  });
}

function namedType(text: string) {
  const type = parsePropertyType(text);
  if (type !== null) return type;
  throw new LeanOpsError('USAGE', {
    operation: 'accepting drift',
    detail: `${JSON.stringify(text)} is not a type`,
    remedy: `Choose ${TYPE_WORDS}.`,
  });
}

/** Throws USAGE if the edited contract has problems, because it had none before the edit. */
function sound({ topic: before, file, text }: TopicContract, after: string): ContractEdit {
  const loaded = loadContract(file, new TextEncoder().encode(after));
  if (loaded.ok) return { file, before: text, after, topic: loaded.topic };
  const problems = loaded.problems.filter(({ severity }) => severity === 'error');
  throw new LeanOpsError('USAGE', {
    operation: `editing the contract of ${before.topic}`,
    detail: `${problems.map(({ problem }) => problem).join('; ')}. Nothing was written`,
    file,
    remedy: problems[0]?.remedy ?? 'Edit the contract by hand.',
  });
}
