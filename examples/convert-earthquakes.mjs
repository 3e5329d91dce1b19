/**
 * Converts the USGS feed "All Earthquakes, Past Week" (GeoJSON, from the npm package vega-datasets) to one message per
 * line. Features do not change: `id` is the feature's id, and `properties.updated` is the publish time of this version.
 *
 *     npm pack vega-datasets && tar -xzf vega-datasets-*.tgz package/data/earthquakes.json
 *     node examples/convert-earthquakes.mjs package/data/earthquakes.json > examples/messages/earthquakes.ndjson
 */
import { readFileSync } from 'node:fs';

const file = process.argv[2];
if (file === undefined) {
  process.stderr.write(
    'usage: node examples/convert-earthquakes.mjs earthquakes.json > earthquakes.ndjson\n',
  );
  process.exitCode = 2;
} else {
  const { features } = JSON.parse(readFileSync(file, 'utf8'));
  // All numbers of the feed have few enough digits to pass through a double unchanged.
  process.stdout.write(features.map((feature) => `${JSON.stringify(feature)}\n`).join(''));
}
