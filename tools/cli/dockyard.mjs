#!/usr/bin/env node
// `npx dockyard …` and, through package.json's scripts, `npm run …`.
import { performance } from 'node:perf_hooks';
import { steered } from './npm-options.mjs';

// How long a command took is counted from here, whatever has to be installed first.
process.env.DOCKYARD_STARTED = String(Math.round(performance.timeOrigin));
const option = steered(process.env);
if (option === undefined) await import('./bootstrap.mjs');
else {
  const command = process.env.npm_lifecycle_event;
  console.error(
    `npm took an option of this command for its own --${option}.\n→ Use: npx dockyard ${command} …, which hands on every option.`,
  );
  process.exitCode = 1;
}
