import type { PathSegment, Topic } from '../contract/model.ts';

const known = new WeakMap<Topic, boolean>();

/**
 * Returns true if the contract masks the column of the correlation id. The state store and the terminal show
 * a refusal's context and must not contain masked values. The stored body keeps the value.
 */
export function hidesCorrelationId(topic: Topic): boolean {
  const cached = known.get(topic);
  if (cached !== undefined) return cached;
  const hides = topic.columns.some(({ masking, path }) => masking !== null && isCorrelationId(path));
  known.set(topic, hides);
  return hides;
}

function isCorrelationId([first, second]: readonly PathSegment[]): boolean {
  if (first?.kind !== 'key') return false;
  if (first.key === 'correlation_id') return true;
  return (
    first.key === '_metadata' &&
    (second === undefined || (second.kind === 'key' && second.key === 'correlationId'))
  );
}
