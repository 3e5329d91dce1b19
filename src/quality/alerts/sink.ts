import type { Notice } from './notices.ts';

/** A way by which people hear of alerts. */
export interface AlertSink {
  /** Unique in its home; what was told is remembered by it, so it must not change. */
  readonly name: string;
  /** Once it resolves, the notices are out of our hands. All or none; throws a LeanOpsError. */
  send(notices: readonly Notice[]): Promise<void>;
}
