import { MIB } from '../../base/bytes.ts';
import type { Micros } from '../../base/time.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { receive } from '../../raw/receive.ts';
import type { Reception } from '../../raw/reception.ts';
import type { FaultPoints } from '../faults.ts';
import type { LineHandler, LineSplitter } from './line-splitter.ts';
import { LongLine } from './long-line.ts';
import { awaitPermit } from './permits.ts';
import type { ScanJob, ScanReport } from './protocol.ts';
import { UnitStage } from './unit-stage.ts';

const PROGRESS_BYTES = 4 * MIB;
/** The first unit is smaller by this factor, and each further unit doubles, so that writing starts soon. */
const FIRST_UNIT_SHARE = 4;

/** The reception of the current message. One object is reused for all messages. */
class SourceReception implements Reception {
  readonly queueTime = null;
  ingestionTs: Micros = 0n;
  position: number;
  /** Offset of the message in its source, as text. */
  place = '';
  private readonly prefix: string;
  private readonly arrivedAt: Micros;
  private readonly latestAtStart: number;

  constructor(job: ScanJob) {
    this.latestAtStart = Number(job.arrivedAt + job.maxFutureMicros);
    this.position = job.messagesBefore;
    this.prefix = sourcePrefix(job.sourceId);
    this.arrivedAt = job.arrivedAt;
  }

  get source(): string {
    return this.prefix + this.place;
  }

  get latestPublishMicros(): number {
    return this.latestAtStart + this.position;
  }

  get arrivalTime(): Micros {
    return this.arrivedAt + BigInt(this.position);
  }
}

/** The reception id is this prefix and the message's offset. */
export function sourcePrefix(sourceId: string): string {
  return `file:${sourceId}@`;
}

/** Stages the lines of a source in units and reports each unit. */
export class SourceScan implements LineHandler {
  /** Bytes of the source on disk. */
  bytesDone = 0;
  private readonly job: ScanJob;
  private readonly report: (message: ScanReport) => void;
  private readonly faults: FaultPoints;
  private readonly reception: SourceReception;
  private stage: UnitStage | null = null;
  private splitter: LineSplitter | null = null;
  private longLine: LongLine | null = null;
  private unitStart = 0;
  /** The source offset at which the current unit ends. */
  private unitBytes: number;
  private placeChecked = false;
  private deadBefore = 0;
  private reportedAt = 0;

  constructor(job: ScanJob, report: (message: ScanReport) => void, faults: FaultPoints) {
    this.job = job;
    this.report = report;
    this.faults = faults;
    this.reception = new SourceReception(job);
    this.unitBytes = job.unitBytes / FIRST_UNIT_SHARE;
  }

  attach(splitter: LineSplitter): void {
    this.splitter = splitter;
    this.unitStart = splitter.taken;
  }

  /** Creates the splitter at the offset from which lines count. */
  get isPlaced(): boolean {
    return this.lines().isPlaced;
  }

  push(bytes: Buffer): void {
    const splitter = this.lines();
    for (let at = 0; at < bytes.length; ) {
      const space = splitter.space();
      const copied = bytes.copy(space, 0, at);
      at += copied;
      this.advance(copied);
    }
  }

  /** Processes bytes that were read into the splitter's space. */
  advance(bytes: number): void {
    const splitter = this.lines();
    splitter.advance(bytes);
    if (!splitter.isPlaced) return;
    this.settlePlace();
    const isUnitDone = (): boolean => this.isUnitDone(splitter);
    for (splitter.lines(isUnitDone); isUnitDone(); splitter.lines(isUnitDone)) this.endUnit(false);
    this.tell();
  }

  /** Throws FILE_CHANGED if the bytes before the offset are not those that were ingested. */
  settlePlace(): void {
    if (this.placeChecked) return;
    const splitter = this.lines();
    const known = this.job.file?.resume ?? null;
    if (known !== null && (!splitter.isPlaced || splitter.witness() !== known.hash)) {
      throw new LeanOpsError('FILE_CHANGED', {
        operation: 'finding the offset in the input',
        detail: `${this.job.name} was ingested up to byte ${known.offset}, and the bytes before it changed`,
      });
    }
    this.placeChecked = true;
    this.unitStart = splitter.taken;
  }

  /** Ends the scan. `takeRest`: the last line counts although it has no line end. */
  finish(takeRest: boolean): void {
    const splitter = this.lines();
    if (takeRest) splitter.rest();
    const isComplete = takeRest && !splitter.hasRest;
    this.longLine?.drop();
    this.longLine = null;
    this.endUnit(isComplete);
  }

  line(bytes: Buffer, start: number, end: number, offset: number): void {
    const { reception } = this;
    const stage = this.openStage();
    reception.place = String(offset);
    const outcome = receive(bytes, start, end, this.job.topic, reception);
    if (outcome.kind === 'record') stage.accept(outcome, reception.place);
    else stage.refuse(outcome.refusal, bytes.subarray(start, end), offset, reception.position);
    reception.position += 1;
  }

  longPart(bytes: Buffer, start: number, end: number, offset: number): void {
    const { permit } = this.openStage();
    this.longLine ??= new LongLine(this.job.deadLetterFolder, permit.workId, offset);
    this.longLine.add(bytes, start, end);
    this.faults.hit('scan:long-line-begun');
  }

  longEnd(): void {
    const { longLine, reception } = this;
    invariant(longLine !== null, 'the end of a long line follows its start');
    this.longLine = null;
    const refusal = {
      code: 'RECORD_TOO_LARGE',
      message: `the message has ${longLine.size} bytes`,
      offset: null,
      messageId: null,
      correlationId: null,
    } as const;
    const body = longLine.finish();
    this.faults.hit('scan:long-line-ended');
    this.openStage().refuseFile(refusal, body, longLine.offset, reception.position);
    reception.position += 1;
  }

  private lines(): LineSplitter {
    invariant(this.splitter !== null, 'the scan has a splitter');
    return this.splitter;
  }

  private openStage(): UnitStage {
    if (this.stage !== null) return this.stage;
    this.stage = new UnitStage(awaitPermit(this.job.permits, this.job.signal));
    this.reception.ingestionTs = this.stage.permit.ingestionTs;
    return this.stage;
  }

  private isUnitDone(splitter: LineSplitter): boolean {
    // A long line in progress belongs to the unit that writes its body.
    if (this.stage === null || this.longLine !== null) return false;
    return splitter.taken - this.unitStart >= this.unitBytes || this.stage.isFull;
  }

  private endUnit(complete: boolean): void {
    const splitter = this.lines();
    const stage = this.openStage();
    const unit = stage.finish({
      messages: this.reception.position,
      offset: splitter.taken,
      offsetHash: splitter.witness(),
      complete,
    });
    this.deadBefore += stage.deadLettered;
    this.stage = null;
    this.unitStart = splitter.taken;
    this.unitBytes = Math.min(this.job.unitBytes, this.unitBytes * 2);
    this.report({ kind: 'unit', unit });
  }

  private tell(): void {
    if (this.bytesDone - this.reportedAt < PROGRESS_BYTES) return;
    this.reportedAt = this.bytesDone;
    const messages = this.reception.position - this.job.messagesBefore;
    const deadLettered = this.deadBefore + (this.stage?.deadLettered ?? 0);
    this.report({ kind: 'progress', progress: { bytesDone: this.bytesDone, messages, deadLettered } });
  }
}
