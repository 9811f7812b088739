#!/usr/bin/env node
// `npx dockyard …` and, through package.json's scripts, `npm run …`. Like bootstrap.mjs it keeps to what old releases of Node can read.
import { steered } from './npm-options.mjs';

// How long a command took is counted from here, whatever has to be installed first.
process.env.DOCKYARD_STARTED = String(Math.round(Date.now() - process.uptime() * 1000));
const option = steered(process.env);
if (option === undefined) import('./bootstrap.mjs');
else {
  const command = process.env.npm_lifecycle_event;
  console.error(
    `npm took an option of this command for its own --${option}.\n→ Use: npx dockyard ${command} …, which hands on every option.`,
  );
  process.exitCode = 1;
}
