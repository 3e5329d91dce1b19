import { LeanOpsError } from '../errors/error.ts';
import { type InferredField, inferFields } from './infer-fields.ts';
import type { EnvelopeKind } from './model.ts';
import { Observation, type Observed } from './observe.ts';
import { formatPath } from './path.ts';
import { asObject, openSample, type SampleEnvelope, sampleEnvelope } from './sample-envelope.ts';
import { YamlText, yamlString } from './yaml-text.ts';

/** Fewer samples cannot show that a value is always present. */
const ENOUGH_SAMPLES = 10;
const ID_NAME = /(^|_)(id|key|uuid|guid|number|no|code|ref)$/;
const UPDATE_NAME =
  /(^|_)(updated|modified|published|publish_time|event_time|occurred|sent|timestamp|ts|time|created)(_at|_on|_time)?$/;

/** A proposed contract. Contains no value of the samples. */
export interface Proposal {
  readonly topic: string;
  readonly envelope: SampleEnvelope;
  readonly samples: number;
  readonly fields: readonly InferredField[];
  /** The number of different keys that got no property. */
  readonly left: number;
  /** Keys that were not examined, each counted as often as it occurred. */
  readonly passedOver: number;
  readonly key: InferredField | null;
  /** The columns that could be the key. */
  readonly keyCandidates: readonly InferredField[];
  readonly publishTime: InferredField | null;
  /** Ingest finds the idempotency key without a path in the contract. */
  readonly hasDefaultKey: boolean;
}

/** Takes sample messages one by one, in memory that does not grow with their number, and proposes a contract. */
export class ContractInference {
  private readonly observation = new Observation();
  private readonly kinds = new Set<EnvelopeKind>();
  private samples = 0;

  /** Returns true if the message counts, which means that it is a JSON object. */
  add(message: unknown): boolean {
    const object = asObject(message);
    if (object === null) return false;
    const { kind, payload } = openSample(object);
    this.samples += 1;
    this.kinds.add(kind);
    this.observation.add(payload);
    return true;
  }

  /** Throws USAGE if the topic's name is not allowed, or if no sample is a JSON object with a usable member. */
  propose(topic: string): Proposal {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(topic) || /_(errors|drift)$/.test(topic))
      throw refused(
        `${topic} is not a topic name: expected lower snake_case, not ending in _errors or _drift`,
      );
    const { samples } = this;
    const { root, passedOver } = this.observation;
    const envelope = sampleEnvelope(this.kinds);
    const { fields, left } = inferFields(root);
    if (fields.length === 0) throw refused('no sample is a JSON object with a usable member');
    const columns = fields.flatMap(leaves);
    const keyCandidates = candidatesOf(columns, samples);
    return {
      topic,
      envelope,
      samples,
      fields,
      left,
      passedOver,
      key: chooseKey(topic, keyCandidates),
      keyCandidates,
      publishTime: chooseTime(columns, envelope, samples),
      hasDefaultKey: hasDefaultKey(root, samples),
    };
  }
}

function refused(detail: string): LeanOpsError {
  return new LeanOpsError('USAGE', {
    operation: 'inferring a contract',
    detail,
    remedy: 'Give a topic name and at least one sample message.',
  });
}

/** The columns below a field. */
export function leaves(field: InferredField): readonly InferredField[] {
  return field.column === null ? field.members.flatMap(leaves) : [field];
}

/** A candidate is present in every message, never repeats as far as was compared, and is named like a key. */
function candidatesOf(columns: readonly InferredField[], samples: number): readonly InferredField[] {
  return columns.filter(
    ({ column, type, filled, place, personal }) =>
      (type.logicalType === 'string' || (type.logicalType === 'integer' && personal === null)) &&
      type.sure &&
      filled === samples &&
      place.distinct.allDiffer !== false &&
      !place.distinct.hasEmpty &&
      ID_NAME.test(column ?? ''),
  );
}

function chooseKey(topic: string, candidates: readonly InferredField[]): InferredField | null {
  const own = new Set(['id', `${topic}_id`, `${topic.replace(/s$/, '')}_id`]);
  return candidates.find(({ column }) => own.has(column ?? '')) ?? candidates[0] ?? null;
}

/** Only bare messages keep their time in the payload. Epoch seconds are not accepted as a publish time. */
function chooseTime(
  columns: readonly InferredField[],
  envelope: SampleEnvelope,
  samples: number,
): InferredField | null {
  if (envelope.kind !== 'bare') return null;
  const times = columns.filter(
    ({ column, type, filled }) =>
      type.logicalType === 'timestamp' &&
      type.epoch !== 's' &&
      !type.truncate &&
      filled === samples &&
      UPDATE_NAME.test(column ?? ''),
  );
  return times.find(({ column }) => /updated|modified|publish/.test(column ?? '')) ?? times[0] ?? null;
}

function hasDefaultKey(root: Observed, samples: number): boolean {
  const { members } = root;
  const places = [
    members.get('_metadata')?.members.get('idempotencyKeyResource'),
    members.get('idempotency_key'),
  ];
  return places.some((place) => place !== undefined && place.present - place.nulls === samples);
}

/**
 * The proposal as ODCS YAML. Comments mark what is sure and what is guessed. The text loads without problems and
 * contains no value of the samples.
 */
export function renderProposal(proposal: Proposal): string {
  const text = new YamlText();
  text.comment(
    0,
    `Proposed from ${proposal.samples} sample message${proposal.samples === 1 ? '' : 's'}; read the comments, then correct what is wrong.`,
  );
  text.comment(0, '"sure" means that all samples agree. Check what is "guessed".');
  for (const line of [
    'apiVersion: v3.1.0',
    'kind: DataContract',
    `id: ${yamlString(proposal.topic)}`,
    'version: 1.0.0',
    'status: draft',
    'schema:',
  ])
    text.line(0, line);
  text.line(2, `- name: ${yamlString(proposal.topic)}`);
  text.line(4, 'logicalType: object');
  text.line(4, 'properties:');
  for (const field of proposal.fields) renderField(text, 6, field, proposal);
  if (proposal.left > 0)
    text.comment(
      6,
      `${proposal.left} more keys were left out: too many, not usable as a name, or personal data around an id of the message.`,
    );
  if (proposal.passedOver > 0)
    text.comment(6, 'There were too many different keys to examine all. Later ones were skipped.');
  renderCustom(text, proposal);
  return text.toString();
}

function renderField(text: YamlText, indent: number, field: InferredField, proposal: Proposal): void {
  const { type } = field;
  const inner = indent + 2;
  text.line(indent, `- name: ${yamlString(field.key)}`);
  if (field.renamed)
    text.line(inner, `physicalName: ${yamlString(field.column ?? '')}`, 'the name of the column');
  text.line(inner, `logicalType: ${type.logicalType}`, `${type.sure ? 'sure' : 'guessed'}: ${type.reason}`);
  if (field.column === null) {
    text.line(inner, 'properties:');
    for (const member of field.members) renderField(text, inner + 2, member, proposal);
    return;
  }
  if (type.physicalType !== null) text.line(inner, `physicalType: ${type.physicalType}`);
  const masking = proposeMasking(field);
  if (field === proposal.key)
    text.line(inner, 'primaryKey: true', `guessed: by name, and ${differs(field, proposal.samples)}`);
  else if (field.filled === proposal.samples && proposal.samples >= ENOUGH_SAMPLES && masking !== 'null')
    text.line(inner, 'required: true', `guessed: present in all ${proposal.samples} samples`);
  if (field.filled < proposal.samples)
    text.comment(inner, `present in ${field.filled} of ${proposal.samples} samples`);
  renderChoices(text, inner, field);
  if (masking !== null) text.line(inner, 'classification: restricted', `guessed: ${field.personal}`);
  renderFieldCustom(text, inner, field, masking);
}

/** A hash keeps texts joinable. Values of other types can only be replaced by null. */
export function proposeMasking(field: InferredField): 'hash' | 'null' | null {
  if (field.personal === null) return null;
  return field.type.logicalType === 'string' ? 'hash' : 'null';
}

function differs({ place }: InferredField, samples: number): string {
  return place.distinct.allDiffer === true
    ? `different in all ${samples} samples`
    : 'different in all samples that could be compared';
}

/** The number of different texts of a column, if they are few enough to be a closed list; else null. */
export function fewValues({ type, personal, place }: InferredField): number | null {
  const { few, count } = place.distinct;
  const may = type.logicalType === 'string' && personal === null && count >= 2 * ENOUGH_SAMPLES;
  return may && few !== null ? few.size : null;
}

function renderChoices(text: YamlText, indent: number, field: InferredField): void {
  const distinct = fewValues(field);
  if (distinct !== null)
    text.comment(
      indent,
      `only ${distinct} different value${distinct === 1 ? '' : 's'}: a quality rule invalidValues with validValues may fit`,
    );
}

function renderFieldCustom(
  text: YamlText,
  indent: number,
  field: InferredField,
  masking: 'hash' | 'null' | null,
): void {
  const custom: string[][] = [];
  if (masking !== null) custom.push(['masking', masking === 'null' ? '"null"' : masking]);
  if (field.type.epoch !== null) custom.push(['epoch', field.type.epoch]);
  if (field.type.truncate) custom.push(['truncate', 'true']);
  if (custom.length === 0) return;
  text.line(indent, 'customProperties:');
  for (const [property, value] of custom) text.line(indent + 2, `- {property: ${property}, value: ${value}}`);
}

function renderCustom(text: YamlText, proposal: Proposal): void {
  const { envelope, key, publishTime } = proposal;
  text.line(0, 'customProperties:');
  text.line(
    2,
    `- {property: envelope, value: ${envelope.kind}}`,
    envelope.kind === 'auto' ? 'guessed: the samples are wrapped in different ways' : 'sure: in all samples',
  );
  const time = publishTime === null ? null : [...envelope.prefix, ...publishTime.path];
  if (time !== null)
    text.line(2, `- {property: publishTime, value: ${JSON.stringify(formatPath(time))}}`, 'guessed: by name');
  else if (envelope.kind === 'bare' || envelope.kind === 'auto')
    text.comment(
      2,
      'publishTime: no field looks like it, so the time of arrival is used. Name a path here if there is one.',
    );
  if (proposal.hasDefaultKey) return;
  if (key !== null)
    text.line(
      2,
      `- {property: idempotencyKey, value: ${JSON.stringify(formatPath([...envelope.prefix, ...key.path]))}}`,
      'guessed: the samples carry no idempotency_key',
    );
  else text.comment(2, 'idempotencyKey: name its path here. Messages without one become dead letters.');
}
