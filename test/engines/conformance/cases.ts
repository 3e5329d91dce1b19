import type { Message } from './two-places.ts';

/** One message of a case. The topic makes ids and keys of all cases different. */
interface CaseMessage {
  readonly id?: string;
  /** Microseconds. */
  readonly time?: bigint;
  /** The row's key within the case. */
  readonly row?: string;
  /** Members of the payload as JSON text, without the key. */
  readonly members: string;
  /** Of the message's schema. */
  readonly version?: string;
}

/** Messages by batch, which must give the same rows on both engines. */
export interface Case {
  readonly name: string;
  readonly batches: readonly (readonly CaseMessage[])[];
}

/** Cases with the same contract run in the same batches, so Spark has fewer jobs to run. */
export interface ConformanceTopic {
  readonly name: string;
  readonly contract: string;
  readonly cases: readonly Case[];
  /** Ends with a rebuild. */
  readonly rebuild?: boolean;
  /** Whether rows may have no key: some messages break the topic's own key. */
  readonly keyless?: boolean;
}

export const one = (name: string, members: string): Case => ({ name, batches: [[{ members }]] });

export const many = (name: string, ...batches: readonly (readonly CaseMessage[])[]): Case => ({
  name,
  batches,
});

/** Ids of a case's messages begin with this. */
export const prefixOf = (index: number): string => `${index}.`;

/** All cases' messages of one batch. */
export function messagesOf(topic: ConformanceTopic, batch: number): readonly Message[] {
  return topic.cases.flatMap(({ batches }, index) =>
    (batches[batch] ?? []).map(({ id = 'm', time = 1_000_000n, row = '', members, version }) => {
      const key = topic.keyless ? '' : `"k":${JSON.stringify(`${index}${row}`)}`;
      const all = [key, members].filter((part) => part !== '').join(',');
      return {
        id: `${prefixOf(index)}${id}`,
        time,
        key: `key ${index} ${row}`,
        members: all,
        ...(version === undefined ? {} : { version }),
      };
    }),
  );
}

export const batchCount = (topic: ConformanceTopic): number =>
  Math.max(...topic.cases.map(({ batches }) => batches.length));

type Json = Readonly<Record<string, unknown>>;

const custom = (values: Json): Json =>
  Object.keys(values).length === 0
    ? {}
    : {
        customProperties: Object.entries(values).map(([property, value]) => ({ property, value })),
      };

/** A property of a contract; `more.custom` are its custom properties. */
export function property(name: string, logicalType: string, more: Json & { custom?: Json } = {}): Json {
  const { custom: values = {}, ...rest } = more;
  return { name, logicalType, ...rest, ...custom(values) };
}

export const KEY = property('k', 'string', { required: true, primaryKey: true, primaryKeyPosition: 1 });

/** A contract as JSON, which YAML contains. */
export function contractOf(topic: string, properties: readonly Json[], more: Json = {}): string {
  return JSON.stringify({
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id: topic,
    version: '1.0.0',
    status: 'active',
    schema: [{ name: topic, properties }],
    ...custom({ envelope: 'bare', ...more }),
  });
}
