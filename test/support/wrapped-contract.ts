/** The business key of most tests' topics, as YAML. */
export const ID =
  '{ name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }';

/** What the contract of a test has in addition to columns. Lists contain YAML flow mappings. */
export interface ContractMore {
  /** By default `things`. */
  readonly topic?: string;
  readonly version?: string;
  /** Custom properties instead of the wrapped envelope. */
  readonly custom?: readonly string[];
  readonly serviceLevels?: readonly string[];
  /** Rules of the whole table. */
  readonly quality?: readonly string[];
}

/** The text of a contract file for wrapped messages with these columns. */
export function wrappedContract(properties: readonly string[], more: ContractMore = {}): string {
  const { topic = 'things', version = '1.0.0', serviceLevels = [], quality = [] } = more;
  const custom = more.custom ?? ['{ property: envelope, value: wrapped }'];
  const list = (name: string, indent: string, items: readonly string[]): readonly string[] =>
    items.length === 0 ? [] : [`${indent}${name}:`, ...items.map((item) => `${indent}  - ${item}`)];
  return [
    'apiVersion: v3.1.0',
    'kind: DataContract',
    `id: ${topic}`,
    `version: ${version}`,
    'status: active',
    ...list('customProperties', '', custom),
    ...list('slaProperties', '', serviceLevels),
    'schema:',
    `  - name: ${topic}`,
    ...list('quality', '    ', quality),
    ...list('properties', '    ', properties),
    '',
  ].join('\n');
}
