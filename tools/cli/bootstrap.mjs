// The way into every command of this repository, with no package installed yet. This file keeps to what old releases of Node can read:
// one that is too old has to say so, and not fail on the syntax of what comes after.
import { readFileSync } from 'fs';

const { engines } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const oldest = parseInt(engines.node.replace(/\D*/, ''), 10);

if (parseInt(process.versions.node, 10) < oldest) {
  console.error(
    'dockyard: starting takes Node ' +
      oldest +
      ' or newer, and this is ' +
      process.versions.node +
      ' (' +
      process.execPath +
      '). Install a newer one, or put it first on PATH; what runs then is the Node that package.json names, which npm installs.',
  );
  process.exitCode = 1;
} else {
  import('./start/start.mjs');
}
