import type { EnvelopeKind } from '../contract/model.ts';
import type { Members } from './members.ts';
import * as memberNames from './members.ts';
import type { Scanner } from './scanner.ts';
import * as tapeLayout from './tape.ts';

// V8 folds a module's own constants into its code. It would load and check imported ones at each use.
const { END, ESCAPED_STRING, KIND, OBJECT, START, STRING } = tapeLayout;
const { NAME } = memberNames;

/** An envelope around a payload. A node is -1 if the member is missing. */
export interface Opened {
  kind: Exclude<EnvelopeKind, 'auto'>;
  payload: number;
  id: number;
  /** CloudEvents: ids are unique per source only, so the source is a prefix of the message id. */
  idSource: number;
  time: number;
  schemaVersion: number;
}

/** One object, reused for every message. */
export function newOpened(): Opened {
  return { kind: 'bare', payload: 0, id: -1, idSource: -1, time: -1, schemaVersion: -1 };
}

const NOTIFICATION = Buffer.from('"Notification"');

type Fits = (scanner: Scanner, members: Members) => boolean;

const FITS: Readonly<Record<Exclude<EnvelopeKind, 'auto'>, Fits>> = {
  // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#required-attributes
  cloudevents: (_, members) =>
    members.has(NAME.specversion) &&
    members.has(NAME.id) &&
    members.has(NAME.source) &&
    members.has(NAME.type),
  // https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
  eventbridge: (_, members) =>
    members.has(NAME['detail-type']) && members.has(NAME.source) && members.has(NAME.detail),
  // https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
  sns: (scanner, members) =>
    members.has(NAME.TopicArn) &&
    isString(scanner, members.node(NAME.Message)) &&
    isNotification(scanner, members),
  wrapped: (_, members) =>
    members.has(NAME.payload) && (members.has(NAME.messageId) || members.has(NAME.publishTime)),
  bare: () => true,
};

/**
 * Finds the envelope by the members of a scanned message's root. `auto` takes the first that fits; more
 * specific formats come first. A named envelope must fit. False: it does not.
 */
export function openEnvelope(
  scanner: Scanner,
  members: Members,
  wanted: EnvelopeKind,
  into: Opened,
): boolean {
  if (wanted === 'auto') {
    fill(into, detect(scanner, members), members);
    return true;
  }
  if (!FITS[wanted](scanner, members)) return false;
  fill(into, wanted, members);
  return true;
}

function detect(scanner: Scanner, members: Members): Opened['kind'] {
  if (FITS.cloudevents(scanner, members)) return 'cloudevents';
  if (FITS.eventbridge(scanner, members)) return 'eventbridge';
  if (FITS.sns(scanner, members)) return 'sns';
  // Only if the payload is an object: a bare message may have a member of that name too.
  if (FITS.wrapped(scanner, members) && isObject(scanner, members.node(NAME.payload))) return 'wrapped';
  return 'bare';
}

/** The payload's node is -1 if the member is missing, and for SNS, whose payload is inside a string. */
function fill(into: Opened, kind: Opened['kind'], members: Members): void {
  into.kind = kind;
  into.idSource = kind === 'cloudevents' ? members.node(NAME.source) : -1;
  into.schemaVersion = members.node(NAME.schemaVersion);
  switch (kind) {
    case 'cloudevents':
      into.payload = members.node(NAME.data);
      into.id = members.node(NAME.id);
      into.time = members.node(NAME.time);
      into.schemaVersion = members.node(NAME.dataschema);
      break;
    case 'eventbridge':
      into.payload = members.node(NAME.detail);
      into.id = members.node(NAME.id);
      into.time = members.node(NAME.time);
      break;
    case 'sns':
      into.payload = -1;
      into.id = members.node(NAME.MessageId);
      into.time = members.node(NAME.Timestamp);
      into.schemaVersion = -1;
      break;
    case 'wrapped':
      into.payload = members.node(NAME.payload);
      into.id = members.node(NAME.messageId);
      into.time = members.node(NAME.publishTime);
      break;
    case 'bare':
      into.payload = 0;
      into.id = -1;
      into.time = -1;
  }
}

/** Whether a node of the tape is an object. A negative node is absent. */
export function isObject(scanner: Scanner, node: number): boolean {
  return node >= 0 && scanner.tape[node + KIND] === OBJECT;
}

function isString(scanner: Scanner, node: number): boolean {
  if (node < 0) return false;
  const kind = scanner.tape[node + KIND];
  return kind === STRING || kind === ESCAPED_STRING;
}

function isNotification({ bytes, tape }: Scanner, members: Members): boolean {
  const type = members.node(NAME.Type);
  if (type < 0) return false;
  const start = tape[type + START] as number;
  return NOTIFICATION.equals(bytes.subarray(start, tape[type + END] as number));
}
