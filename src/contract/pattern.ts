/**
 * Patterns in the subset that RE2 (DuckDB), Java (Spark) and JavaScript (tests) interpret in the same way. Parts that
 * the three interpret differently are rewritten: `.` and `\s` match other characters in each.
 */
export type CheckedPattern =
  | { readonly ok: true; readonly pattern: string }
  /** `at` is the 1-based character of the pattern. */
  | { readonly ok: false; readonly reason: string; readonly at: number };

/** RE2 refuses programs beyond a memory limit. A pattern of this length always compiles, even with large repeats. */
const MAX_PATTERN_LENGTH = 1_000;
/** RE2's limit on a counted repeat. It also applies to the product of nested repeats. */
const MAX_REPEAT = 1_000;
/** Repeats are unrolled when a pattern is compiled. DuckDB answers "pattern too large" well above this. */
const MAX_WEIGHT = 5_000;
/** JavaScript's meaning of `.`. RE2 excludes only \n, Java also excludes U+0085. */
const ANY_CHARACTER = '[^\\n\\r\u2028\u2029]';
/** What RE2 and Java both match with \s, spelled out. Java adds \x0B, JavaScript all Unicode spaces. */
const SPACES = ' \\t\\n\\f\\r';
const ESCAPES_KEPT = new Set(['d', 'w', 't', 'n', 'r', 'f']);
const NEEDS_ESCAPE = new Set('^$\\.*+?()[]{}|/');
const CLASS_NEEDS_ESCAPE = new Set('^\\[]-');

class Refused extends Error {
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

/** Checks a contract's pattern. The result always matches the whole text, so outer ^ and $ are removed. */
export function checkPattern(source: string): CheckedPattern {
  if (source.length > MAX_PATTERN_LENGTH)
    return { ok: false, reason: `more than ${MAX_PATTERN_LENGTH} characters`, at: 1 };
  if (!source.isWellFormed()) return { ok: false, reason: 'half of a surrogate pair', at: 1 };
  try {
    const pattern = new PatternReader(source).whole();
    return { ok: true, pattern };
  } catch (error) {
    if (error instanceof Refused) return { ok: false, reason: error.message, at: error.at + 1 };
    throw error;
  }
}

interface Part {
  readonly text: string;
  /** The largest product of nested counted repeats in it. */
  readonly repeats: number;
  /** About how many steps it unrolls to. */
  readonly weight: number;
}

class PatternReader {
  private readonly chars: readonly string[];
  private at = 0;
  private depth = 0;

  constructor(source: string) {
    this.chars = Array.from(source);
  }

  whole(): string {
    const anchoredStart = this.take('^');
    const body = this.alternatives();
    const anchoredEnd = this.take('$');
    if (this.at < this.chars.length)
      this.refuse(
        this.peek() === ')' ? 'a ) without (' : '^ and $ are only allowed around the whole pattern',
      );
    if (body.branches > 1 && (anchoredStart || anchoredEnd)) {
      this.refuse('^ or $ next to | applies to one branch only; write ^(?:a|b)$', 0);
    }
    if (body.text === '') this.refuse('the pattern is empty', 0);
    if (body.weight > MAX_WEIGHT) this.refuse('the pattern is too large once its repeats are written out', 0);
    return body.text;
  }

  private alternatives(): Part & { readonly branches: number } {
    const parts = [this.sequence()];
    while (this.take('|')) parts.push(this.sequence());
    return {
      text: parts.map((p) => p.text).join('|'),
      repeats: Math.max(...parts.map((p) => p.repeats)),
      weight: parts.reduce((sum, p) => sum + p.weight, 0),
      branches: parts.length,
    };
  }

  private sequence(): Part {
    let text = '';
    let repeats = 1;
    let weight = 0;
    for (
      let next = this.peek();
      next !== undefined && next !== '|' && next !== ')' && next !== '$';
      next = this.peek()
    ) {
      const part = this.quantified(this.atom());
      text += part.text;
      repeats = Math.max(repeats, part.repeats);
      weight += part.weight;
    }
    return { text, repeats, weight };
  }

  private atom(): Part {
    const start = this.at;
    const char = this.next();
    if (char === '(') return this.group(start);
    if (char === '[') return this.characterClass(start);
    if (char === '.') return { text: ANY_CHARACTER, repeats: 1, weight: 2 };
    if (char === '\\') return { text: this.escape(), repeats: 1, weight: 1 };
    if (char === '^') this.refuse('^ and $ are only allowed around the whole pattern', start);
    if ('*+?{'.includes(char))
      this.refuse(`nothing to repeat before ${char}; write \\${char} for the character itself`, start);
    if (char === ']' || char === '}') this.refuse(`write \\${char} for the character itself`, start);
    this.refuseControl(char, start);
    return { text: literal(char, NEEDS_ESCAPE), repeats: 1, weight: 1 };
  }

  private group(start: number): Part {
    this.depth += 1;
    if (this.depth > 20) this.refuse('groups nested more than 20 deep', start);
    if (this.take('?') && !this.take(':'))
      this.refuse('of the (?...) forms only (?:...) is allowed: no lookaround, flags or names', start);
    const body = this.alternatives();
    if (!this.take(')'))
      this.refuse(
        this.peek() === '$' ? '^ and $ are only allowed around the whole pattern' : 'a ( without )',
        this.peek() === '$' ? this.at : start,
      );
    this.depth -= 1;
    return { text: `(?:${body.text})`, repeats: body.repeats, weight: body.weight };
  }

  private quantified(part: Part): Part {
    const start = this.at;
    const char = this.peek();
    let text = '';
    let count = 1;
    if (char === '*' || char === '+' || char === '?') text = this.next();
    else if (char === '{') {
      const counted = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(
        this.chars.slice(this.at, this.at + 12).join(''),
      );
      if (counted === null)
        return this.refuse('expected {n}, {n,} or {n,m}; write \\{ for the character itself', start);
      const low = Number(counted[1]);
      const high = counted[3] === undefined ? low : Number(counted[3]);
      if (high < low) this.refuse('the repeat {n,m} has m below n', start);
      text = counted[0];
      this.at += text.length;
      count = Math.max(1, low, high);
    }
    if (text === '') return part;
    if (part.repeats * count > MAX_REPEAT) this.refuse(`repeats of more than ${MAX_REPEAT} in total`, start);
    const after = this.peek();
    if (after !== undefined && '*+?{'.includes(after))
      this.refuse('lazy, possessive and doubled repeats are not allowed', this.at);
    return { text: part.text + text, repeats: part.repeats * count, weight: part.weight * count };
  }

  private escape(): string {
    const start = this.at - 1;
    const char = this.next();
    if (ESCAPES_KEPT.has(char)) return `\\${char}`;
    if (char === 's') return `[${SPACES}]`;
    if (char === 'S') return `[^${SPACES}]`;
    if (char === 'D') return '[^0-9]';
    if (char === 'W') return '[^0-9A-Za-z_]';
    if (!isPunctuation(char)) this.refuse(`not all engines interpret \\${char} in the same way`, start);
    return literal(char, NEEDS_ESCAPE);
  }

  private characterClass(start: number): Part {
    let text = this.take('^') ? '[^' : '[';
    const first = this.at;
    let weight = 1;
    for (let char = this.peek(); char !== ']' || this.at === first; char = this.peek()) {
      if (char === undefined) this.refuse('a [ without ]', start);
      if (char === ']') this.refuse('an empty class; write \\] for the character itself', this.at);
      text += this.classMember(first);
      weight += 1;
    }
    this.next();
    return { text: `${text}]`, repeats: 1, weight };
  }

  private classMember(first: number): string {
    const start = this.at;
    const low = this.classCharacter(first);
    if (this.peek() !== '-' || this.chars[this.at + 1] === ']') return low.text;
    this.next();
    const high = this.classCharacter(first);
    if (low.char === null || high.char === null)
      return this.refuse('a range needs single characters at both ends', start);
    if ((low.char.codePointAt(0) ?? 0) > (high.char.codePointAt(0) ?? 0))
      this.refuse('the range runs backwards', start);
    return `${low.text}-${high.text}`;
  }

  /** `char` is null for a set such as \d. */
  private classCharacter(first: number): { readonly text: string; readonly char: string | null } {
    const start = this.at;
    const char = this.next();
    if (char === '[') this.refuse('write \\[ for the character itself; classes do not nest', start);
    if (char === '&' && this.peek() === '&') this.refuse('&& means intersection to Java', start);
    const mayBeDash = start === first || this.peek() === ']';
    if (char === '-' && !mayBeDash) this.refuse('write \\- for the character itself', start);
    if (char !== '\\') {
      this.refuseControl(char, start);
      return { text: literal(char, CLASS_NEEDS_ESCAPE), char };
    }
    const escaped = this.next();
    if (escaped === 'd') return { text: '0-9', char: null };
    if (escaped === 'w') return { text: '0-9A-Za-z_', char: null };
    if (escaped === 's') return { text: SPACES, char: null };
    if ('tnrf'.includes(escaped))
      return { text: `\\${escaped}`, char: { t: '\t', n: '\n', r: '\r' }[escaped] ?? '\f' };
    if (!isPunctuation(escaped))
      this.refuse(`not all engines interpret \\${escaped} in a class in the same way`, start);
    if (escaped === '&' && (this.peek() === '&' || this.chars[start - 1] === '&'))
      this.refuse('&& means intersection to Java', start);
    return { text: literal(escaped, CLASS_NEEDS_ESCAPE), char: escaped };
  }

  private refuseControl(char: string, at: number): void {
    if (/\p{Cc}/u.test(char)) this.refuse('a control character; write \\t, \\n, \\r or \\f', at);
  }

  private peek(): string | undefined {
    return this.chars[this.at];
  }

  private next(): string {
    const char = this.chars[this.at];
    if (char === undefined) return this.refuse('the pattern ends in the middle');
    this.at += 1;
    return char;
  }

  private take(char: string): boolean {
    if (this.peek() !== char) return false;
    this.at += 1;
    return true;
  }

  private refuse(reason: string, at = this.at): never {
    throw new Refused(reason, at);
  }
}

function isPunctuation(char: string): boolean {
  return /^[!-/:-@[-`{-~]$/.test(char);
}

function literal(char: string, escaped: ReadonlySet<string>): string {
  return escaped.has(char) ? `\\${char}` : char;
}
