import type { PathSegment, Topic } from '../contract/model.ts';

const known = new WeakMap<Topic, boolean>();

/**
 * Whether the contract masks what is taken for the correlation id. A refusal's context goes into the state and on
 * screens, where masked values must not stand (DESIGN 2, promise 7); the body keeps it.
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
