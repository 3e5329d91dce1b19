import { snakeCase } from './columns.ts';
import { personalReason } from './infer-fields.ts';
import { inferType } from './infer-type.ts';
import type { PathSegment } from './model.ts';
import { Observation } from './observe.ts';
import type { PropertyType } from './property-type.ts';

/** The property that the values at a path suggest, without any of the values. */
export interface InferredProperty {
  readonly type: PropertyType;
  /** All values agree. */
  readonly sure: boolean;
  readonly reason: string;
  /** Why it is considered personal data. null if nothing suggests it. */
  readonly personal: string | null;
}

/** Infers a property from parsed values. `path` ends in a key. */
export function inferProperty(path: readonly PathSegment[], values: readonly unknown[]): InferredProperty {
  const last = path.at(-1);
  const key = last?.kind === 'key' ? last.key : '';
  const around = path.at(-2);
  const observation = new Observation();
  for (const value of values) observation.add({ value });
  const place = observation.root.members.get('value') ?? new Observation().root;
  const { sure, reason, ...type } = inferType(snakeCase(key), place);
  const personal = personalReason(
    path,
    around?.kind === 'key' ? around.key : null,
    { ...type, sure, reason },
    place,
  );
  return { type, sure, reason, personal };
}
