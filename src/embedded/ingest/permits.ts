import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { UnitPermit } from './protocol.ts';

/** The main thread's side: each permit wakes the scanning thread. */
export class PermitGiver {
  readonly port: MessagePort;
  readonly signal = new SharedArrayBuffer(4);
  private readonly own: MessagePort;

  constructor() {
    const channel = new MessageChannel();
    this.own = channel.port1;
    this.port = channel.port2;
  }

  give(permit: UnitPermit): void {
    this.own.postMessage(permit);
    const count = new Int32Array(this.signal);
    Atomics.add(count, 0, 1);
    Atomics.notify(count, 0);
  }

  close(): void {
    this.own.close();
  }
}

/**
 * Blocks the scanning thread until a permit exists. The thread scans synchronously, so only blocking keeps it from
 * running ahead of the commits.
 */
export function awaitPermit(port: MessagePort, signal: SharedArrayBuffer): UnitPermit {
  const count = new Int32Array(signal);
  for (;;) {
    const seen = Atomics.load(count, 0);
    const received = receiveMessageOnPort(port);
    if (received !== undefined) return received.message;
    Atomics.wait(count, 0, seen);
  }
}
