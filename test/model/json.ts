/** JSON read the slow and obvious way: a tree whose nodes keep their exact text. */
export interface JsonNode {
  readonly kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';
  /** From the first to the last byte of the value, as it stood. */
  readonly text: string;
  readonly members: ReadonlyMap<string, JsonNode>;
  readonly items: readonly JsonNode[];
}

/** Why a text is no message: a code of the taxonomy. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

const MAX_DEPTH = 64;
const TOKEN = /[ \t\r\n]*("[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+)/y;

/** Throws Refused with the code of the first fault. */
export function readObject(bytes: Uint8Array): JsonNode {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) throw new Refused('BYTE_ORDER_MARK');
  const text = decode(bytes);
  if (!isJson(text)) throw new Refused(isJson(firstObject(text)) ? 'TRAILING_BYTES' : 'MALFORMED_JSON');
  if (!text.trimStart().startsWith('{')) throw new Refused('NOT_AN_OBJECT');
  return new Reader(text).value(1);
}

export function stringOf(node: JsonNode): string {
  return JSON.parse(node.text);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refused('NOT_UTF8');
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The text up to the bracket that closes the first one. */
function firstObject(text: string): string {
  let depth = 0;
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
    if (match[1] === '{' || match[1] === '[') depth++;
    if ((match[1] === '}' || match[1] === ']') && --depth === 0) return text.slice(0, TOKEN.lastIndex);
    if (depth === 0) return '';
  }
  return '';
}

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): JsonNode {
    const token = this.next();
    const start = this.at - token.length;
    if (token === '{' || token === '[') {
      if (depth > MAX_DEPTH) throw new Refused('NESTING_TOO_DEEP');
      const members = new Map<string, JsonNode>();
      const items: JsonNode[] = [];
      while (this.peek() !== '}' && this.peek() !== ']') {
        if (token === '[') items.push(this.value(depth + 1));
        else this.member(members, depth);
        if (this.peek() === ',') this.next();
      }
      this.next();
      return {
        kind: token === '{' ? 'object' : 'array',
        text: this.text.slice(start, this.at),
        members,
        items,
      };
    }
    if (token.startsWith('"')) checkString(token);
    return { kind: scalarKind(token), text: token, members: new Map(), items: [] };
  }

  private member(members: Map<string, JsonNode>, depth: number): void {
    const name = this.next();
    checkString(name);
    this.next();
    const value = this.value(depth + 1);
    if (members.has(JSON.parse(name))) throw new Refused('DUPLICATE_KEY');
    members.set(JSON.parse(name), value);
  }

  private peek(): string {
    const before = this.at;
    const token = this.next();
    this.at = before;
    return token;
  }

  private next(): string {
    TOKEN.lastIndex = this.at;
    const token = TOKEN.exec(this.text)?.[1] ?? '';
    this.at = TOKEN.lastIndex;
    return token;
  }
}

function checkString(token: string): void {
  if (!(JSON.parse(token) as string).isWellFormed()) throw new Refused('LONE_SURROGATE');
}

function scalarKind(token: string): JsonNode['kind'] {
  if (token.startsWith('"')) return 'string';
  if (token === 'null') return 'null';
  return token === 'true' || token === 'false' ? 'boolean' : 'number';
}
