import { type Cursor, show } from './cursor.ts';
import type { CustomProperties } from './custom-properties.ts';
import { typeText } from './gates.ts';
import type { ColumnType, Masking } from './model.ts';
import { didYouMean } from './suggest.ts';

const CLASSIFICATIONS = ['public', 'internal', 'confidential', 'restricted'] as const;
const WORDS = ['hash', 'redact', 'partial', 'null'];
/** Characters that `masking: partial` keeps: enough to recognise a card or phone number, too few to use it. */
const DEFAULT_KEEP = 4;
/** Beyond this, most values would be shown whole. */
const MAX_KEEP = 8;

/** The masking by a property's classification and its custom property `masking`. null: nothing is masked. */
export function readMasking(
  property: Cursor,
  custom: CustomProperties,
  type: ColumnType | null,
): Masking | null {
  const classified = property.get('classification');
  const personal = classified !== null && isPersonal(classified);
  const chosen = custom.get('masking');
  if (chosen === undefined && !personal) return null;
  const masking = chosen === undefined ? ({ kind: 'hash' } as const) : parseMasking(chosen);
  const at = chosen ?? classified;
  if (masking === null || masking.kind === 'null' || type === null || type.kind === 'string') return masking;
  at?.fail(
    `masking ${masking.kind}${chosen === undefined ? ' (the default of this classification)' : ''} applies to string columns only, and this one is ${typeText(type)}`,
    'Use masking: null, or read the value as a string.',
  );
  return masking;
}

/** Whether a classification requires masking. An unknown one is a problem, because masking depends on it. */
export function isPersonal(classified: Cursor): boolean {
  const text = classified.text();
  const level = CLASSIFICATIONS.find((one) => one === text?.toLowerCase());
  if (text !== null && level === undefined) {
    classified.fail(
      `expected one of ${CLASSIFICATIONS.join(', ')}, found ${show(text)}`,
      didYouMean(
        text,
        CLASSIFICATIONS,
        'Masking depends on the classification. Put other schemes into tags.',
      ),
    );
  }
  return level === 'confidential' || level === 'restricted';
}

function parseMasking(at: Cursor): Masking | null {
  // YAML reads an unquoted null as no value. Both spellings mean the same here.
  if (at.scalar() === null || at.scalar() === 'null') return { kind: 'null' };
  const text = at.text();
  if (text === null) return null;
  if (text === 'hash' || text === 'redact') return { kind: text };
  if (text === 'partial') return { kind: 'partial', keep: DEFAULT_KEEP };
  const keep = Number(/^partial:([1-9]\d?)$/.exec(text)?.[1] ?? Number.NaN);
  if (keep <= MAX_KEEP) return { kind: 'partial', keep };
  if (keep > MAX_KEEP)
    at.fail(`partial:${keep} keeps more than ${MAX_KEEP} characters`, `Keep at most ${MAX_KEEP}.`);
  else
    at.fail(
      `expected hash, redact, partial, partial:N or null, found ${show(text)}`,
      didYouMean(text, WORDS, 'Choose one of these.'),
    );
  return null;
}
