import { Distinct } from './distinct.ts';
import { holdsPersonal, lookOf, type PersonalLook } from './personal.ts';
import { type TextForm, textFormsOf } from './text-forms.ts';

export type ObservedKind = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';

/** What sample messages hold at one place, as counts: memory does not grow with the messages. */
export interface Observed {
  /** Objects that had the key, with null values included. */
  present: number;
  nulls: number;
  readonly kinds: Map<ObservedKind, number>;
  /** Strings by their form. One string may have several. */
  readonly forms: Map<TextForm, number>;
  /** Numbers within the range of epochs, and those with the digits of an amount of money. */
  readonly numbers: { count: number; epochSeconds: number; epochMillis: number; money: number };
  /** Strings and integers. */
  readonly distinct: Distinct;
  /** Strings by the kind of personal data that they look like. */
  readonly looks: Map<PersonalLook, number>;
  /** Something inside an array or object looks personal. */
  personalInside: boolean;
  /** Members of the objects seen here. */
  readonly members: Map<string, Observed>;
}

/** Messages may be nested 64 levels deep. Anything deeper than this stays JSON text. */
const MAX_DEPTH = 8;
/** An object with more keys than this uses its keys as data, and becomes JSON text anyway. */
const MAX_MEMBERS = 1_000;
/** Total number of places. Each takes about 2 KB. */
const MAX_PLACES = 20_000;
/** Total number of hashes, used to see whether values differ. Each takes about 40 bytes. */
const MAX_HASHES = 2_000_000;
/** 2001-09-09 to 2096-10-02 in each unit: seconds and milliseconds can't be confused. */
const EPOCH_SECONDS = [1_000_000_000, 4_000_000_000] as const;

/** Takes sample payloads one by one. */
export class Observation {
  readonly root: Observed = emptyPlace();
  /** Keys that were skipped because there are too many, counted at each occurrence. */
  passedOver = 0;
  private places = 1;
  private readonly budget = { hashes: MAX_HASHES };

  add(payload: object): void {
    this.observe(this.root, payload, 0);
  }

  private observe(place: Observed, value: unknown, depth: number): void {
    place.present += 1;
    if (value === null || value === undefined) {
      place.nulls += 1;
      return;
    }
    const kind = kindOf(value);
    place.kinds.set(kind, (place.kinds.get(kind) ?? 0) + 1);
    if (kind === 'string' || kind === 'integer') place.distinct.add(String(value), this.budget);
    if (typeof value === 'string') observeText(place, value);
    else if (kind === 'integer') observeLook(place, String(value));
    if (typeof value === 'number') observeNumber(place, value);
    if (typeof value !== 'object') return;
    // The payload itself is never one column.
    if (depth > 0) place.personalInside ||= holdsPersonal(value);
    if (kind === 'object' && depth < MAX_DEPTH) this.observeMembers(place, value, depth);
  }

  private observeMembers(place: Observed, object: object, depth: number): void {
    for (const [key, member] of Object.entries(object)) {
      let known = place.members.get(key);
      if (known === undefined) {
        if (place.members.size >= MAX_MEMBERS || this.places >= MAX_PLACES) {
          this.passedOver += 1;
          continue;
        }
        this.places += 1;
        known = emptyPlace();
        place.members.set(key, known);
      }
      this.observe(known, member, depth + 1);
    }
  }
}

function emptyPlace(): Observed {
  return {
    present: 0,
    nulls: 0,
    kinds: new Map(),
    forms: new Map(),
    numbers: { count: 0, epochSeconds: 0, epochMillis: 0, money: 0 },
    distinct: new Distinct(),
    looks: new Map(),
    personalInside: false,
    members: new Map(),
  };
}

function observeText(place: Observed, text: string): void {
  for (const form of textFormsOf(text)) place.forms.set(form, (place.forms.get(form) ?? 0) + 1);
  observeLook(place, text);
}

function observeLook(place: Observed, text: string): void {
  const look = lookOf(text);
  if (look !== null) place.looks.set(look, (place.looks.get(look) ?? 0) + 1);
}

function observeNumber({ numbers }: Observed, value: number): void {
  const within = (factor: number): number =>
    Number(value >= EPOCH_SECONDS[0] * factor && value < EPOCH_SECONDS[1] * factor);
  numbers.count += 1;
  numbers.epochSeconds += within(1);
  numbers.epochMillis += within(1_000);
  numbers.money += Number(/^-?\d{1,13}(\.\d{1,2})?$/.test(String(value)));
}

function kindOf(value: unknown): ObservedKind {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? 'integer' : 'number';
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'object';
}
