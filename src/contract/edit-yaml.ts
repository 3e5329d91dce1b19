import { isDeepStrictEqual } from 'node:util';
import { Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { LeanOpsError } from '../errors/error.ts';

/** The path to a node: keys of maps and indices of lists, from the document's root. */
export type YamlPath = readonly (string | number)[];

/** The YAML document of a contract that is known to load. */
export function parseContract(text: string): Document.Parsed {
  return parseDocument(text, { uniqueKeys: false, prettyErrors: false });
}

/** The list at that path. null if there is none. */
export function seqAt(document: Document.Parsed, place: YamlPath): YAMLSeq | null {
  const node = place.length === 0 ? document.contents : document.getIn(place, true);
  return isSeq(node) ? node : null;
}

/**
 * The text with one more element at the end of the list. Nothing else changes: comments and layout stay. Throws USAGE
 * if the list is not found, or if its layout does not allow the edit.
 */
export function appendItem(text: string, place: YamlPath, item: unknown): string {
  const seq = seqAt(parseContract(text), place);
  if (seq === null || seq.range === null || seq.range === undefined)
    throw byHand(item, 'the list was not found');
  const edited = seq.flow ? intoFlow(text, seq.range[1], seq, item) : intoBlock(text, seq, item);
  return held(text, edited, place, item);
}

/** The text with a key and its value added at the end, at the top level. Throws USAGE if the layout does not allow it. */
export function appendMember(text: string, key: string, value: unknown): string {
  const start = text.endsWith('\n') ? text : `${text}\n`;
  const edited = start + new Document({ [key]: value }).toString({ lineWidth: 0 });
  const before: Record<string, unknown> = parseContract(text).toJS();
  if (!isDeepStrictEqual(parseContract(edited).toJS(), { ...before, [key]: value }))
    throw byHand({ [key]: value }, 'the end of the file does not allow an automatic edit');
  return edited;
}

/**
 * The text without one element of a list that has more elements, or without a member at the top level. Nothing else
 * changes. Throws USAGE if the layout does not allow the edit.
 */
export function withoutNode(text: string, place: YamlPath): string {
  const document = parseContract(text);
  const cut = cutOf(text, document, place);
  const edited = text.slice(0, cut.from) + text.slice(cut.to);
  document.deleteIn(place);
  const now = parseContract(edited);
  if (now.errors.length > 0 || !isDeepStrictEqual(now.toJS(), document.toJS()))
    throw new LeanOpsError('USAGE', {
      operation: 'editing the contract',
      detail: `${place.join('.')} has a layout that does not allow an automatic edit; nothing was written`,
      remedy: 'Remove it by hand.',
    });
  return edited;
}

function cutOf(text: string, document: Document.Parsed, place: YamlPath): { from: number; to: number } {
  const last = place.at(-1);
  const seq = seqAt(document, place.slice(0, -1));
  if (seq === null) {
    // A member at the top level: from its key to the end of its value.
    const from = text.search(new RegExp(`^${last}[ \\t]*:`, 'm'));
    const end = rangeOf(document.get(String(last), true))[1];
    return { from, to: text[end - 1] === '\n' ? end : lineAfter(text, end) };
  }
  const at = Number(last);
  const [start, end] = rangeOf(seq.items[at]);
  if (seq.flow) {
    const before = at > 0 ? rangeOf(seq.items[at - 1])[1] : null;
    return before === null ? { from: start, to: rangeOf(seq.items[at + 1])[0] } : { from: before, to: end };
  }
  const dash = text.lastIndexOf('-', start - 1);
  return { from: text.lastIndexOf('\n', dash) + 1, to: text[end - 1] === '\n' ? end : lineAfter(text, end) };
}

/** Start and end of a node's text. [0, 0] without a node: then nothing is cut. */
function rangeOf(node: unknown): readonly [number, number] {
  const range = isMap(node) || isSeq(node) || isScalar(node) ? node.range : null;
  return range === null || range === undefined ? [0, 0] : [range[0], range[1]];
}

function intoFlow(text: string, end: number, seq: YAMLSeq, item: unknown): string {
  const bracket = end - 1;
  const before = text.slice(0, bracket).trimEnd();
  return `${before}${seq.items.length > 0 ? ', ' : ''}${JSON.stringify(item)}${text.slice(bracket)}`;
}

function intoBlock(text: string, seq: YAMLSeq, item: unknown): string {
  const first = isMap(seq.items[0]) || isScalar(seq.items[0]) || isSeq(seq.items[0]) ? seq.items[0] : null;
  const last = seq.items.at(-1);
  const start = first?.range?.[0];
  const end = isMap(last) || isScalar(last) || isSeq(last) ? last.range?.[1] : undefined;
  if (start === undefined || end === undefined) throw byHand(item, 'the list begins or ends with an alias');
  const dash = text.lastIndexOf('-', start - 1);
  const indent = text.slice(text.lastIndexOf('\n', dash) + 1, dash);
  const line = text[end - 1] === '\n' ? end : lineAfter(text, end);
  const ending = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = new Document([item]).toString({ lineWidth: 0 }).trimEnd().split('\n');
  const added = lines.map((each) => `${indent}${each}${ending}`).join('');
  const before = text.slice(0, line);
  return `${before}${before.endsWith('\n') ? '' : ending}${added}${text.slice(line)}`;
}

function lineAfter(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

/** The edited text, after a check that it means the old text plus the item. Throws USAGE if it does not. */
function held(before: string, edited: string, place: YamlPath, item: unknown): string {
  const document = parseContract(edited);
  const list: unknown = document.errors.length > 0 ? null : seqAt(document, place)?.toJS(document);
  const expected: unknown = parseContract(before).toJS();
  const found = Array.isArray(list) ? list.at(-1) : undefined;
  if (!isDeepStrictEqual(found, item))
    throw byHand(item, 'the layout of the list does not allow an automatic edit');
  document.deleteIn([...place, Array.isArray(list) ? list.length - 1 : 0]);
  if (!isDeepStrictEqual(document.toJS(), expected)) throw byHand(item, 'the rest of the file would change');
  return edited;
}

function byHand(item: unknown, why: string): LeanOpsError {
  return new LeanOpsError('USAGE', {
    operation: 'editing the contract',
    detail: `${why}; nothing was written`,
    remedy: `Add it by hand:\n${new Document([item]).toString({ lineWidth: 0 }).trimEnd()}`,
  });
}

/** The text of a map's member. null if it is absent or not a text. */
export function textOf(map: YAMLMap, key: string): string | null {
  const value: unknown = map.get(key);
  return typeof value === 'string' ? value : null;
}
