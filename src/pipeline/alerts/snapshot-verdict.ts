import type { PlaceName } from '../../errors/spec.ts';
import type { FileIO } from '../../iceberg/file-io.ts';
import { readMetadata } from '../../iceberg/table.ts';
import type { Verdict } from '../../quality/alerts/alert.ts';
import { maintenanceVerdict } from '../../quality/alerts/verdicts.ts';
import type { LedgerView } from '../../state/ledger-view.ts';

/** Whether RAW or the semantic table has more snapshots than `maxSnapshots`. Throws if one of them can't be read. */
export async function snapshotVerdict(
  files: FileIO,
  { checkpoint, raw, semantic }: LedgerView,
  maxSnapshots: number,
  place: PlaceName,
): Promise<Verdict> {
  const locations = [raw, semantic].filter((location) => location !== null);
  const tables = await Promise.all(locations.map((location) => readMetadata(files, location)));
  const most = Math.max(0, ...tables.map(({ snapshots }) => snapshots.length));
  return maintenanceVerdict(checkpoint.topic, most, maxSnapshots, place);
}
