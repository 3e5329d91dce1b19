import { isDeepStrictEqual } from 'node:util';
import { isMap, isSeq, type YAMLMap, type YAMLSeq } from 'yaml';
import { LeanOpsError } from '../errors/error.ts';
import { snakeCase } from './columns.ts';
import {
  appendItem,
  appendMember,
  parseContract,
  seqAt,
  textOf,
  withoutNode,
  type YamlPath,
} from './edit-yaml.ts';
import type { MutedDrift, PathSegment, Topic } from './model.ts';
import { formatPath, parsePath } from './path.ts';
import type { PropertyType } from './property-type.ts';

/** An optional property to add to a contract. */
export interface NewProperty {
  /** From the payload's root. Ends in a key. */
  readonly path: readonly PathSegment[];
  readonly type: PropertyType;
  readonly masking: 'hash' | 'redact' | 'partial' | 'null' | null;
}

/** A list of properties in the file, with the path that it is read from and the prefix of its columns' names. */
interface PropertyList {
  readonly place: YamlPath;
  readonly path: readonly PathSegment[];
  readonly prefix: string | null;
}

/**
 * The contract's text with one more property. It is added to the properties of its object if the contract lists them,
 * else at the top with its path. Throws USAGE if the text can't be edited.
 */
export function withProperty(text: string, topic: Topic, property: NewProperty): string {
  const last = property.path.at(-1);
  const key = last?.kind === 'key' ? last.key : '';
  const lists = propertyLists(text);
  const parent = property.path.slice(0, -1);
  const root: PropertyList = { place: ['schema', 0, 'properties'], path: [], prefix: null };
  const list = lists.find(({ path }) => isDeepStrictEqual(path, parent)) ?? root;
  const whole = list.path.length === parent.length;
  const joined = list.prefix === null ? key : `${list.prefix}_${key}`;
  const column = freeName(topic, whole ? joined : formatPath(property.path));
  return appendItem(text, list.place, {
    name: key,
    ...(column === joined ? {} : { physicalName: column }),
    logicalType: property.type.logicalType,
    ...(property.type.physicalType === null ? {} : { physicalType: property.type.physicalType }),
    ...custom(property, whole),
  });
}

/** The contract's text with drift of a path muted: one kind, or all kinds if `kind` is null. Throws USAGE as above. */
export function withMuted(text: string, muted: MutedDrift): string {
  const entry = muted.kind === null ? { path: muted.path } : { path: muted.path, kind: muted.kind };
  const document = parseContract(text);
  const place = ['customProperties'];
  const list = seqAt(document, place);
  if (list === null)
    return appendMember(text, 'customProperties', [{ property: 'driftMuted', value: [entry] }]);
  const at = list.items.findIndex((item) => isMap(item) && textOf(item, 'property') === 'driftMuted');
  if (at === -1) return appendItem(text, place, { property: 'driftMuted', value: [entry] });
  return appendItem(text, [...place, at, 'value'], entry);
}

/**
 * The contract's text with drift of a path no longer muted. The entry is removed, and so is a list that becomes empty.
 * `kind` null: an entry of any kind. null if no entry mutes the path. Throws USAGE if several do.
 */
export function withoutMuted(text: string, { path, kind }: MutedDrift): string | null {
  const document = parseContract(text);
  const properties = seqAt(document, ['customProperties']);
  const at = properties?.items.findIndex((item) => isMap(item) && textOf(item, 'property') === 'driftMuted');
  if (properties === null || at === undefined || at === -1) return null;
  const place = ['customProperties', at, 'value'];
  const entries = seqAt(document, place)?.items ?? [];
  const found = entries.flatMap((entry, index) =>
    isMap(entry) && textOf(entry, 'path') === path && (kind === null || textOf(entry, 'kind') === kind)
      ? [index]
      : [],
  );
  const [only, ...others] = found;
  if (only === undefined) return null;
  if (others.length > 0)
    throw new LeanOpsError('USAGE', {
      operation: 'editing the contract',
      detail: `drift of ${path} is muted by ${found.length} entries; nothing was written`,
      remedy: 'Name the kind with --kind.',
    });
  if (entries.length > 1) return withoutNode(text, [...place, only]);
  return withoutNode(text, properties.items.length > 1 ? ['customProperties', at] : ['customProperties']);
}

function custom({ path, type, masking }: NewProperty, whole: boolean) {
  const properties = [
    ...(whole ? [] : [{ property: 'path', value: formatPath(path) }]),
    ...(masking === null ? [] : [{ property: 'masking', value: masking }]),
    ...(type.epoch === null ? [] : [{ property: 'epoch', value: type.epoch }]),
    ...(type.truncate ? [{ property: 'truncate', value: true }] : []),
  ];
  return properties.length === 0 ? {} : { customProperties: properties };
}

function freeName({ columns }: Topic, wanted: string): string {
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const base = /^[a-z][a-z0-9_]{0,126}$/.test(wanted) ? wanted : snakeCase(wanted).slice(0, 120) || 'column';
  let name = base;
  for (let number = 2; taken.has(name); number += 1) name = `${base}_${number}`;
  return name;
}

function propertyLists(text: string): readonly PropertyList[] {
  const document = parseContract(text);
  const place: YamlPath = ['schema', 0, 'properties'];
  const list = seqAt(document, place);
  return list === null ? [] : listsBelow(list, { place, path: [], prefix: null });
}

function listsBelow(list: YAMLSeq, own: PropertyList): readonly PropertyList[] {
  const inside = list.items.flatMap((item, index) => {
    const properties = isMap(item) ? item.get('properties') : null;
    const name = isMap(item) ? textOf(item, 'name') : null;
    if (!isMap(item) || !isSeq(properties) || name === null) return [];
    const joined = own.prefix === null ? name : `${own.prefix}_${name}`;
    return listsBelow(properties, {
      place: [...own.place, index, 'properties'],
      path: customPath(item) ?? [...own.path, { kind: 'key', key: name }],
      prefix: textOf(item, 'physicalName') ?? joined,
    });
  });
  return [own, ...inside];
}

function customPath(item: YAMLMap): readonly PathSegment[] | null {
  const properties = item.get('customProperties');
  for (const entry of isSeq(properties) ? properties.items : []) {
    if (!isMap(entry) || textOf(entry, 'property') !== 'path') continue;
    const parsed = parsePath(textOf(entry, 'value') ?? '');
    return parsed.ok ? parsed.segments : null;
  }
  return null;
}
