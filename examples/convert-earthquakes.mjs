/**
 * Turns the USGS feed "All Earthquakes, Past Week" (GeoJSON, as packed in npm's vega-datasets) into one message a line.
 * Every feature stays as it is: `id` is its own id, `properties.updated` tells when that version of it was published.
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
  // Every number of the feed has few enough digits to come through a double unchanged.
  process.stdout.write(features.map((feature) => `${JSON.stringify(feature)}\n`).join(''));
}
