import { type Cursor, show } from './cursor.ts';
import { didYouMean } from './suggest.ts';

/** The values of a place's customProperties by name, without those of other tools. */
export type CustomProperties = ReadonlyMap<string, Cursor>;

/** Custom properties that belong to another place. */
export interface KnownElsewhere {
  readonly names: readonly string[];
  readonly place: string;
}

/**
 * Reads the customProperties that this place knows. Names of other tools carry a namespace (`acme.owner`,
 * `acme:owner`, `x-owner`). Any other unknown name is a problem: a mistyped `masking` would leave personal data
 * unmasked.
 */
export function readCustomProperties(
  owner: Cursor,
  known: readonly string[],
  elsewhere: KnownElsewhere,
): CustomProperties {
  const found = new Map<string, Cursor>();
  for (const entry of owner.get('customProperties')?.list() ?? []) {
    if (!entry.map(['id', 'property', 'value', 'description'])) continue;
    const nameAt = entry.need('property', 'a name', 'Name the custom property.');
    const name = nameAt?.text() ?? null;
    const value = entry.need('value', 'a value', 'Give the custom property a value.');
    if (nameAt === null || name === null || value === null) continue;
    if (known.includes(name)) {
      if (found.has(name)) nameAt.fail(`the custom property ${name} is given twice`, 'Keep one of them.');
      found.set(name, value);
    } else if (name === 'deleteWhen') {
      nameAt.fail(
        'deleteWhen is not supported yet',
        'Remove it. `lean-ops forget` erases the rows of a key.',
      );
    } else if (elsewhere.names.includes(name)) {
      nameAt.fail(
        `the custom property ${name} does not belong here`,
        `Move it to the customProperties of ${elsewhere.place}.`,
      );
    } else if (!/[.:/]|^x-/.test(name)) {
      nameAt.fail(
        `unknown custom property ${show(name)}`,
        didYouMean(
          name,
          known,
          `Known here: ${known.join(', ') || 'none'}. Give those of other tools a namespace, as in acme.${name}.`,
        ),
      );
    }
  }
  return found;
}
