import type { Notice } from './notices.ts';

/** A receiver of notifications, such as a webhook. */
export interface AlertSink {
  /** Unique in its place. Deliveries are stored under it, so it must not change. */
  readonly name: string;
  /** Resolves once the receiver has accepted all notifications. Sends all or none. Throws a LeanOpsError. */
  send(notices: readonly Notice[]): Promise<void>;
}
