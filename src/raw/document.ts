import type { EnvelopeKind } from '../contract/model.ts';
import { newOpened, type Opened, openEnvelope } from './envelope.ts';
import { Members, NAME } from './members.ts';
import { Scanner } from './scanner.ts';
import { END, START } from './tape.ts';

/** One scanned JSON object and the envelope around its payload. Reused for every message. */
export class Document {
  readonly scanner = new Scanner();
  readonly members = new Members();
  readonly opened: Opened = newOpened();

  /** False: the message is not a JSON object. The scanner has the reason. */
  scan(bytes: Uint8Array, start: number, end: number): boolean {
    if (!this.scanner.scan(bytes, start, end)) return false;
    this.members.collect(this.scanner, 0);
    return true;
  }

  /** False: the message does not have this envelope. */
  open(envelope: EnvelopeKind): boolean {
    return openEnvelope(this.scanner, this.members, envelope, this.opened);
  }

  /** SNS is unwrapped once. If the result looks like another notification, it is the payload. */
  openInner(): void {
    this.open('auto');
    if (this.opened.kind === 'sns') this.open('bare');
  }

  get message(): number {
    return this.members.node(NAME.Message);
  }

  start(node: number): number {
    return this.scanner.tape[node + START] as number;
  }

  end(node: number): number {
    return this.scanner.tape[node + END] as number;
  }
}
