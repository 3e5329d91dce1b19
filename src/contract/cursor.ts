import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Sheet } from './sheet.ts';
import { didYouMean, oneOf } from './suggest.ts';

/** One place in a contract file. Reads the value there, and reports what was expected instead. */
export class Cursor {
  readonly sheet: Sheet;
  /** `schema[0].properties[2].physicalType`; empty for the whole document. */
  readonly path: string;
  private readonly node: unknown;
  /** Where problems of this place are shown: the member's key, which exists even if the value is empty. */
  private readonly anchor: Node | null;

  constructor(sheet: Sheet, node: unknown, path: string, anchor: Node | null) {
    this.sheet = sheet;
    this.node = sheet.resolve(node);
    this.path = path;
    this.anchor = anchor;
  }

  fail(problem: string, remedy: string): void {
    this.sheet.report(this.sheet.lineOf(this.anchor), this.path, problem, remedy);
  }

  warn(problem: string, remedy: string): void {
    this.sheet.report(this.sheet.lineOf(this.anchor), this.path, problem, remedy, 'warning');
  }

  /** The member `key` of a map. null if it is absent or this is not a map. */
  get(key: string): Cursor | null {
    if (!isMap(this.node)) return null;
    for (const pair of this.node.items) {
      if (scalarText(pair.key) === key)
        return new Cursor(
          this.sheet,
          pair.value,
          this.path === '' ? key : `${this.path}.${key}`,
          pair.key as Node,
        );
    }
    return null;
  }

  /** As `get`, and reports an absent member. */
  need(key: string, expected: string, remedy: string): Cursor | null {
    const found = this.get(key);
    if (found === null && isMap(this.node)) this.fail(`${key} is missing, expected ${expected}`, remedy);
    return found;
  }

  /** Whether this is a map. Reports if it is not, and reports keys that are not known. */
  map(known: readonly string[]): boolean {
    if (!isMap(this.node)) return this.expected('a map of keys and values');
    for (const pair of this.node.items) {
      const key = scalarText(pair.key);
      if (key !== null && known.includes(key)) continue;
      const name = key ?? '?';
      const at = new Cursor(
        this.sheet,
        null,
        this.path === '' ? name : `${this.path}.${name}`,
        pair.key as Node,
      );
      at.fail(
        `unknown key ${show(name)}`,
        didYouMean(
          name,
          known,
          `Remove it, or move it to customProperties. Known here: ${known.join(', ')}.`,
        ),
      );
    }
    return true;
  }

  /** The elements of a list. Reports if this is not a list. */
  list(): readonly Cursor[] {
    if (!isSeq(this.node)) {
      this.expected('a list');
      return [];
    }
    return this.node.items.map(
      (item, i) => new Cursor(this.sheet, item, `${this.path}[${i}]`, (item as Node | null) ?? this.anchor),
    );
  }

  /** A non-empty text. A number or boolean is reported: YAML would already have changed how it is written. */
  text(): string | null {
    const value = this.scalar();
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.expected(
      'a text',
      typeof value === 'number' || typeof value === 'boolean' ? 'Put it in quotes.' : undefined,
    );
    return null;
  }

  flag(): boolean {
    const value = this.scalar();
    if (typeof value === 'boolean') return value;
    this.expected('true or false');
    return false;
  }

  integer(): number | null {
    const value = this.scalar();
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    this.expected('an integer');
    return null;
  }

  /** A number as it is written in the file. Nothing is rounded. */
  numberText(): string | null {
    const node = this.node;
    if (isScalar(node) && typeof node.value === 'number' && typeof node.source === 'string')
      return node.source;
    this.expected('a number');
    return null;
  }

  choice<T extends string>(allowed: readonly T[]): T | null {
    const text = this.text();
    const found = allowed.find((one) => one === text);
    if (text !== null && found === undefined)
      this.fail(
        `expected ${oneOf(allowed)}, found ${show(text)}`,
        didYouMean(text, allowed, 'Choose one of these.'),
      );
    return found ?? null;
  }

  /** The scalar's value. null for YAML's null, undefined if this is not a scalar. */
  scalar(): unknown {
    if (this.node === null) return null;
    return isScalar(this.node) ? this.node.value : undefined;
  }

  get isMap(): boolean {
    return isMap(this.node);
  }

  expected(what: string, remedy = `Write ${what} here.`): false {
    this.fail(`expected ${what}, found ${this.found()}`, remedy);
    return false;
  }

  private found(): string {
    if (isMap(this.node)) return 'a map';
    if (isSeq(this.node)) return 'a list';
    const value = this.scalar();
    return value === null || value === undefined ? 'nothing' : show(value);
  }
}

/** A value of the file as a problem's text shows it: short, on one line, control characters escaped. */
export function show(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function scalarText(node: unknown): string | null {
  return isScalar(node) && typeof node.value === 'string' ? node.value : null;
}
