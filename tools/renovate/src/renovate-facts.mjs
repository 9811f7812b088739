// Run by Node in a process of its own, with the folder of the installed Renovate as its argument: tells what only Renovate's code knows.
// stdin: [{ "datasource", "versioning", "version" }]; stdout: { "datasources", "versionings", "unparsable": [index] }
import { json } from 'node:stream/consumers';

const [folder] = process.argv.slice(2);
const load = (/** @type {string} */ path) => import(`${folder}/dist/modules/${path}`);
const [{ default: datasources }, { getDefaultVersioning }, versionings] = await Promise.all([
  load('datasource/api.js'),
  load('datasource/common.js'),
  load('versioning/index.js'),
]);
const pins = /** @type {{ datasource: string, versioning?: string, version: string }[]} */ (await json(process.stdin));
const unparsable = pins.flatMap(({ datasource, versioning, version }, index) =>
  versionings.get(versioning ?? getDefaultVersioning(datasource)).isVersion(version) ? [] : [index],
);
console.log(
  JSON.stringify({ datasources: [...datasources.keys()], versionings: versionings.getVersioningList(), unparsable }),
);
