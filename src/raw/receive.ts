import { hash } from 'node:crypto';
import { MIB } from '../base/bytes.ts';
import type { Topic } from '../contract/model.ts';
import type { ErrorCode } from '../errors/taxonomy.ts';
import { AcceptedMessage } from './accepted-message.ts';
import { Document } from './document.ts';
import { encodedRecordBytes, nullableText, recordOf } from './encoded-record.ts';
import { isObject } from './envelope.ts';
import { hidesCorrelationId } from './hidden-context.ts';
import { inexactNumberPaths } from './inexact-list.ts';
import * as instants from './instant.ts';
import * as memberNames from './members.ts';
import type { Outcome, Reception, Refused, Slice } from './reception.ts';
import { MAX_RECORD_BYTES } from './record.ts';
import { ShapeTexts } from './shape.ts';
import * as tapeLayout from './tape.ts';
import {
  isInteger,
  MutableSlice,
  readTextField,
  readToken,
  type TextAnswer,
  TextArena,
} from './text-field.ts';

// A module's own constants V8 folds into its code; imported ones it would load and check at each use.
const { KIND, NULL, NUMBER, SHAPE_1, SHAPE_2 } = tapeLayout;
const { findNode, Members, NAME } = memberNames;
const { Instant, readEpochMillis, readRfc3339 } = instants;

/** A longer message is refused unread: it could never make a record within MAX_RECORD_BYTES. */
export const MAX_MESSAGE_BYTES = MIB;

/** Names, quotes and fixed columns of an encoded record, generously. */
const RECORD_OVERHEAD_BYTES = 1024;
const HASH_PREFIX = 'sha256:';

/**
 * Turns messages into records, in buffers that it uses again. A stage answers false after `fail`; stages stand in
 * the order in which they decide the one code of a message that is wrong in several ways.
 */
class Receiver {
  private readonly outer = new Document();
  /** What an SNS notification carries in its Message. */
  private readonly inner = new Document();
  private innerBytes = new Uint8Array(0);
  /** Where the payload stands. */
  private home = this.outer;
  private readonly payloadMembers = new Members();
  private readonly metadata = new Members();
  private readonly arena = new TextArena();
  private readonly spare = new MutableSlice();
  private readonly instant = new Instant();
  private readonly shapes = new ShapeTexts();
  private readonly accepted = new AcceptedMessage();
  private correlation: TextAnswer = 'absent';
  private failCode: ErrorCode = 'INTERNAL';
  private failDetail = '';
  private failAt: number | null = null;

  receive(bytes: Uint8Array, start: number, end: number, topic: Topic, reception: Reception): Outcome {
    const { accepted } = this;
    accepted.messageId.clear();
    accepted.correlationId.clear();
    this.arena.reset(end - start);
    const isFine =
      this.scan(bytes, start, end) &&
      this.open(topic) &&
      this.readMessageId(bytes, start, end) &&
      this.readPublishTime(topic, reception) &&
      this.readIdempotencyKey(topic) &&
      this.readMetadata() &&
      this.cut(topic, reception);
    return isFine ? accepted : this.refused(start, topic);
  }

  private fail(code: ErrorCode, detail: string, at: number | null): false {
    this.failCode = code;
    this.failDetail = detail;
    this.failAt = at;
    return false;
  }

  /** A value at fault is named by its place; one inside an SNS Message has none in the message itself. */
  private failNode(code: ErrorCode, detail: string, document: Document, node: number): false {
    if (document === this.inner)
      return this.fail(code, `${detail} (in Message)`, this.outer.start(this.outer.message));
    return this.fail(code, detail, node < 0 ? null : document.start(node));
  }

  private refused(start: number, topic: Topic): Refused {
    const { messageId, correlationId } = this.accepted;
    return {
      kind: 'refused',
      refusal: {
        code: this.failCode,
        message: this.failDetail,
        offset: this.failAt === null ? null : this.failAt - start,
        messageId: nullableText(messageId),
        correlationId: hidesCorrelationId(topic) ? null : nullableText(correlationId),
      },
    };
  }

  private scan(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > MAX_MESSAGE_BYTES) {
      return this.fail('RECORD_TOO_LARGE', `the message has ${end - start} bytes`, null);
    }
    if (this.outer.scan(bytes, start, end)) return true;
    const { failCode, failDetail, failAt } = this.outer.scanner;
    return this.fail(failCode, failDetail, failAt);
  }

  private open(topic: Topic): boolean {
    const { outer } = this;
    this.home = outer;
    if (!outer.open(topic.envelope)) {
      return this.fail('ENVELOPE_MISMATCH', `the message is no ${topic.envelope} message`, null);
    }
    if (outer.opened.kind === 'sns' && !this.unwrap()) return false;
    const { scanner, opened } = this.home;
    if (!isObject(scanner, opened.payload)) {
      return this.failNode('PAYLOAD_NOT_AN_OBJECT', 'the payload is no object', this.home, opened.payload);
    }
    this.payloadMembers.collect(scanner, opened.payload);
    this.metadata.collect(scanner, this.payloadMembers.node(NAME._metadata));
    // Read before anything can fail: a refusal names it, so that people find the message.
    this.correlation = readTextField(
      scanner,
      this.correlationNode(),
      'metadata',
      this.arena,
      this.accepted.correlationId,
    );
    return true;
  }

  /** Decodes and scans what an SNS notification carries. */
  private unwrap(): boolean {
    const { outer, inner, arena, spare } = this;
    readToken(outer.scanner, outer.message, arena, spare);
    const length = spare.end - spare.start;
    // A buffer of its own: the arena moves when it grows, the inner document's spans must not.
    if (this.innerBytes.length < length) this.innerBytes = new Uint8Array(length * 2);
    this.innerBytes.set(spare.bytes.subarray(spare.start, spare.end));
    if (!inner.scan(this.innerBytes, 0, length)) {
      const { failCode, failDetail, failAt } = inner.scanner;
      return this.failNode(failCode, `at byte ${failAt} of the decoded text: ${failDetail}`, inner, 0);
    }
    inner.openInner();
    this.home = inner;
    return true;
  }

  private readMessageId(bytes: Uint8Array, start: number, end: number): boolean {
    const { messageId } = this.accepted;
    const answer = this.readId(this.home);
    if (answer === 'invalid') return false;
    if (answer === 'text') return true;
    if (this.home === this.inner) {
      const around = this.readId(this.outer);
      if (around !== 'absent') return around === 'text';
    }
    const from = this.arena.at;
    const digest = Buffer.from(HASH_PREFIX + hash('sha256', bytes.subarray(start, end), 'hex'), 'latin1');
    this.arena.add(digest, 0, digest.length);
    messageId.set(this.arena.bytes, from, this.arena.at);
    return true;
  }

  private readId(document: Document): 'text' | 'absent' | 'invalid' {
    const { arena, spare } = this;
    const { messageId } = this.accepted;
    const { scanner, opened } = document;
    const answer = readTextField(scanner, opened.id, 'id', arena, messageId);
    if (answer === 'invalid') {
      this.failNode('MESSAGE_ID_INVALID', 'the message id is no id', document, opened.id);
    }
    if (answer !== 'text' || opened.idSource < 0) return answer;
    if (readTextField(scanner, opened.idSource, 'id', arena, spare) !== 'text') {
      messageId.clear();
      this.failNode('MESSAGE_ID_INVALID', 'the source is no id', document, opened.idSource);
      return 'invalid';
    }
    const from = arena.at;
    arena.add(spare.bytes, spare.start, spare.end);
    arena.add(HASH_SIGN, 0, 1);
    arena.add(messageId.bytes, messageId.start, messageId.end);
    messageId.set(arena.bytes, from, arena.at);
    return answer;
  }

  private readPublishTime(topic: Topic, reception: Reception): boolean {
    const { accepted, home, outer } = this;
    const path = topic.publishTimePath;
    if (path !== null) return this.readTimeAt(home, findNode(home.scanner, 0, path), reception);
    if (home !== outer && !isPresent(home, home.opened.time)) {
      return this.readTimeAt(outer, outer.opened.time, reception);
    }
    accepted.publishTimeOrigin = 'message';
    return this.readTimeAt(home, home.opened.time, reception);
  }

  private readTimeAt(document: Document, node: number, reception: Reception): boolean {
    const { accepted, instant, spare } = this;
    if (!isPresent(document, node)) {
      const time = reception.queueTime ?? reception.arrivalTime;
      accepted.publishTimeOrigin = reception.queueTime === null ? 'arrival' : 'queue';
      accepted.publishMillis = Number(time / 1000n);
      accepted.publishMicros = Number(time % 1000n);
      return true;
    }
    const kind = document.scanner.tape[node + KIND] as number;
    readToken(document.scanner, node, this.arena, spare);
    const { bytes, start, end } = spare;
    const isTime =
      kind === NUMBER
        ? isInteger(spare) && readEpochMillis(bytes, start, end, instant)
        : readRfc3339(bytes, start, end, instant);
    if (!isTime) return this.failNode('PUBLISH_TIME_INVALID', 'the publish time is no time', document, node);
    if (instant.millis * 1000 + instant.micros > reception.latestPublishMicros) {
      return this.failNode('PUBLISH_TIME_IN_FUTURE', 'the publish time lies in the future', document, node);
    }
    accepted.publishTimeOrigin = 'message';
    accepted.publishMillis = instant.millis;
    accepted.publishMicros = instant.micros;
    return true;
  }

  private readIdempotencyKey(topic: Topic): boolean {
    const { home, accepted, arena } = this;
    const path = topic.idempotencyKeyPath;
    const node =
      path === null
        ? this.metadataNode(NAME.idempotencyKeyResource, NAME.idempotency_key)
        : findNode(home.scanner, 0, path);
    const answer = readTextField(home.scanner, node, 'id', arena, accepted.idempotencyKey);
    if (answer === 'absent') return this.fail('IDEMPOTENCY_KEY_MISSING', 'there is no idempotency key', null);
    if (answer === 'text') return true;
    return this.failNode('IDEMPOTENCY_KEY_INVALID', 'the idempotency key is no id', home, node);
  }

  /** `_metadata.<camelCase>` in the payload, else `<snake_case>` in it. */
  private metadataNode(camel: number, snake: number): number {
    const node = this.metadata.node(camel);
    return isPresent(this.home, node) ? node : this.payloadMembers.node(snake);
  }

  private correlationNode(): number {
    return this.metadataNode(NAME.correlationId, NAME.correlation_id);
  }

  private readMetadata(): boolean {
    const { accepted, payloadMembers, home } = this;
    const { opened } = home;
    const version = isPresent(home, opened.schemaVersion)
      ? opened.schemaVersion
      : payloadMembers.node(NAME.schemaVersion);
    if (this.correlation === 'invalid') {
      return this.failNode('METADATA_INVALID', 'correlation_id is no text', home, this.correlationNode());
    }
    return (
      this.readMetadataField(
        'period_reference',
        this.metadataNode(NAME.periodReference, NAME.period_reference),
        accepted.periodReference,
      ) && this.readMetadataField('schema version', version, accepted.schemaVersion)
    );
  }

  private readMetadataField(name: string, node: number, into: MutableSlice): boolean {
    const answer = readTextField(this.home.scanner, node, 'metadata', this.arena, into);
    if (answer !== 'invalid') return true;
    return this.failNode('METADATA_INVALID', `${name} is no text`, this.home, node);
  }

  /** Cuts payload and envelope out of the message. */
  private cut(topic: Topic, reception: Reception): boolean {
    const { accepted, home, outer } = this;
    const { scanner, opened } = home;
    const { tape } = scanner;
    accepted.payload.set(scanner.bytes, home.start(opened.payload), home.end(opened.payload));
    this.cutEnvelope();
    accepted.payloadShape = this.shapes.text(
      tape[opened.payload + SHAPE_1] as number,
      tape[opened.payload + SHAPE_2] as number,
    );
    accepted.inexactNumberPaths =
      scanner.inexact.length === 0 ? null : inexactNumberPaths(scanner, opened.payload);
    accepted.hasLineBreaks = outer.scanner.hasLineBreaks || (home !== outer && scanner.hasLineBreaks);
    return this.fits(topic, reception);
  }

  /**
   * What stands around the payload. An SNS Message that held an envelope of its own is replaced by that envelope, so
   * that nothing but escaping is lost.
   */
  private cutEnvelope(): void {
    const { accepted, home, outer, arena } = this;
    const { envelopeHead, envelopeTail } = accepted;
    const { bytes } = outer.scanner;
    if (home === outer) {
      const { kind, payload } = outer.opened;
      if (kind === 'bare') {
        envelopeHead.clear();
        envelopeTail.clear();
        return;
      }
      envelopeHead.set(bytes, outer.start(0), outer.start(payload));
      envelopeTail.set(bytes, outer.end(payload), outer.end(0));
      return;
    }
    const from = arena.at;
    const { message } = outer;
    const { payload } = home.opened;
    arena.add(bytes, outer.start(0), outer.start(message));
    arena.add(home.scanner.bytes, home.start(0), home.start(payload));
    const middle = arena.at;
    arena.add(home.scanner.bytes, home.end(payload), home.end(0));
    arena.add(bytes, outer.end(message), outer.end(0));
    envelopeHead.set(arena.bytes, from, middle);
    envelopeTail.set(arena.bytes, middle, arena.at);
  }

  private fits(topic: Topic, reception: Reception): boolean {
    const { accepted } = this;
    const texts =
      length(accepted.messageId) +
      length(accepted.idempotencyKey) +
      length(accepted.periodReference) +
      length(accepted.correlationId) +
      length(accepted.schemaVersion) +
      length(accepted.envelopeHead) +
      length(accepted.envelopeTail) +
      length(accepted.payload);
    // Escaping at most doubles what came from the message: it holds no control characters but white space.
    const others = reception.source.length + (accepted.inexactNumberPaths?.length ?? 0);
    if (2 * texts + 6 * others + RECORD_OVERHEAD_BYTES <= MAX_RECORD_BYTES) return true;
    const bytes = encodedRecordBytes(recordOf(accepted, topic.topic, reception));
    if (bytes <= MAX_RECORD_BYTES) return true;
    return this.fail('RECORD_TOO_LARGE', `the encoded record has ${bytes} bytes`, null);
  }
}

function length(slice: Slice): number {
  return slice.end - slice.start;
}

const HASH_SIGN = Buffer.from('#');

/** `null` counts as absent everywhere. */
function isPresent(document: Document, node: number): boolean {
  return node >= 0 && document.scanner.tape[node + KIND] !== NULL;
}

const receiver = new Receiver();

/**
 * The one function that both homes call: one message's bytes `[start, end)` become a RAW record or a refusal with
 * code and byte offset (relative to `start`). Never throws on data. The result is valid until the next call.
 */
export function receive(
  bytes: Uint8Array,
  start: number,
  end: number,
  topic: Topic,
  reception: Reception,
): Outcome {
  return receiver.receive(bytes, start, end, topic, reception);
}
