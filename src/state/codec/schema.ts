/**
 * Shapes of stored values that decode and encode. zod is not used here, because every command reads the state: importing
 * zod would add about a third to the time of `lean-ops status`.
 */

/** A value with its stored form, in both directions. */
export interface Schema<T> {
  /** Throws Misfit. */
  decode(stored: unknown): T;
  /** Throws Misfit if the value does not fit either. */
  encode(value: T): unknown;
}

export type Of<S> = S extends Schema<infer T> ? T : never;

type Shape = Readonly<Record<string, Schema<unknown>>>;
type Members<M extends Shape> = { readonly [K in keyof M]: Of<M[K]> };

/** A value that does not fit. The message names the expected form and never the value, which may be a person's words. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
  /** Members from the outermost to the one that does not fit. */
  readonly path: readonly string[];

  constructor(message: string, path: readonly string[] = []) {
    super(message);
    this.path = path;
  }
}

/** A schema whose stored form is the value itself. */
export function plain<T>(expected: string, fits: (value: unknown) => value is T): Schema<T> {
  const check = (value: unknown): T => {
    if (fits(value)) return value;
    throw new Misfit(value === undefined || value === null ? 'has no value' : `is not ${expected}`);
  };
  return { decode: check, encode: check };
}

/** A schema whose value is made of another schema's value. */
export function mapped<S, T>(schema: Schema<S>, from: (value: S) => T, to: (value: T) => S): Schema<T> {
  return {
    decode: (stored) => from(schema.decode(stored)),
    encode: (value) => schema.encode(to(value)),
  };
}

/** One of these texts. */
export function oneOf<const T extends string>(...values: readonly T[]): Schema<T> {
  const known: ReadonlySet<unknown> = new Set(values);
  return plain(`one of ${values.join(', ')}`, (value): value is T => known.has(value));
}

/** A member of a JSON text that is there but may be null. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return {
    decode: (stored) => (stored === null ? null : schema.decode(stored)),
    encode: (value) => (value === null ? null : schema.encode(value)),
  };
}

/** A field that may have no value: NULL in SQLite, absent in DynamoDB. */
export function optional<T>(schema: Schema<T>): Schema<T | null> {
  return {
    decode: (stored) => (stored === null || stored === undefined ? null : schema.decode(stored)),
    encode: (value) => (value === null ? null : schema.encode(value)),
  };
}

/** A field that grows by addition, so it is absent before the first. */
export function sum(schema: Schema<number>): Schema<number> {
  return {
    decode: (stored) => (stored === undefined ? 0 : schema.decode(stored)),
    encode: (value) => schema.encode(value),
  };
}

/** An object with these members; others are ignored. */
export function object<M extends Shape>(shape: M): Schema<Members<M>> {
  const members = Object.entries(shape);
  return {
    decode: (stored) => {
      const source = membersOf(stored);
      const value: Record<string, unknown> = {};
      for (const [name, schema] of members) value[name] = inside(name, schema.decode, source[name]);
      return value as Members<M>;
    },
    encode: (value) => {
      const stored: Record<string, unknown> = {};
      for (const [name, schema] of members) stored[name] = inside(name, schema.encode, value[name]);
      return stored;
    },
  };
}

/** An object whose members have any name. */
export function named<T>(schema: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return {
    decode: (stored) => eachMember(membersOf(stored), schema.decode),
    encode: (value) => eachMember(value, schema.encode),
  };
}

/** A list of any length. */
export function list<T>(schema: Schema<T>): Schema<readonly T[]> {
  return {
    decode: (stored) => {
      if (!Array.isArray(stored)) throw new Misfit('is not a list');
      return stored.map((each: unknown, index) => inside(String(index), schema.decode, each));
    },
    encode: (value) => value.map((each, index) => inside(String(index), schema.encode, each)),
  };
}

/** A field that holds the JSON text of a value. */
export function jsonText<T>(schema: Schema<T>): Schema<T> {
  return {
    decode: (stored) => {
      if (typeof stored !== 'string') throw new Misfit('is not a JSON text');
      return schema.decode(parse(stored));
    },
    encode: (value) => JSON.stringify(schema.encode(value)),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text.
    if (error instanceof SyntaxError) throw new Misfit('is not a JSON text');
    throw error;
  }
}

function membersOf(stored: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof stored === 'object' && stored !== null && !Array.isArray(stored);
  if (!isObject)
    throw new Misfit(stored === undefined || stored === null ? 'has no value' : 'is not an object');
  return stored as Readonly<Record<string, unknown>>;
}

function eachMember<S, T>(members: Readonly<Record<string, S>>, convert: (member: S) => T) {
  const converted = Object.entries(members).map(
    ([name, member]) => [name, inside(name, convert, member)] as const,
  );
  return Object.fromEntries(converted);
}

/** Converts a member; a Misfit in it gets the member's name. */
function inside<S, T>(name: string, convert: (member: S) => T, member: S): T {
  try {
    return convert(member);
  } catch (error) {
    if (error instanceof Misfit) throw new Misfit(error.message, [name, ...error.path]);
    throw error;
  }
}
