import { relative } from 'node:path';
import { deadLetterId, type NewDeadLetter } from '../../state/dead-letter.ts';
import type { Workspace } from '../workspace/workspace.ts';
import type { OpenedSource } from './opened-source.ts';
import type { DeadBody, StagedUnit } from './protocol.ts';
import { sourcePrefix } from './source-scan.ts';

/** The dead letters of a unit in the form that the state stores. */
export function deadLettersOf(
  workspace: Workspace,
  topic: string,
  source: OpenedSource,
  contractVersion: number | null,
  unit: StagedUnit,
): readonly NewDeadLetter[] {
  const now = workspace.clock();
  return unit.deadLetters.map(({ refusal, offset, position, sha256, body }) => {
    const reception = `${sourcePrefix(source.sourceId)}${offset}`;
    return {
      id: deadLetterId(topic, reception),
      topic,
      source: reception,
      messageId: refusal.messageId,
      correlationId: refusal.correlationId,
      errorCode: refusal.code,
      errorMessage: refusal.message,
      errorOffset: refusal.offset === null ? null : BigInt(refusal.offset),
      receiveCount: 1,
      firstReceivedAt: source.arrivedAt + BigInt(position),
      dlqSentAt: now,
      contractVersion,
      bodySha256: sha256,
      body: bodyOf(workspace, unit, body),
    };
  });
}

function bodyOf(workspace: Workspace, unit: StagedUnit, body: DeadBody): NewDeadLetter['body'] {
  if (body.kind === 'inline') return { kind: 'inline', bytes: unit.bodies.subarray(body.start, body.end) };
  // Relative, so that the pointer stays valid if the workspace moves.
  const pointer = relative(workspace.paths.root, body.path);
  return { kind: 'file', pointer, size: BigInt(body.size) };
}
