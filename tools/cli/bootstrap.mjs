// The way into every command of this repository. Runs on the Node that the machine has (20 or newer) without any package, brings
// node_modules up to date, and goes on with the Node 24 that is in there.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { outdated } from './installed.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const workspace = resolve(here, '..', '..');
const bin = join(workspace, 'node_modules', '.bin');
const main = join(here, 'src', 'main.ts');
// Beside what Nx keeps of the graph, and gone with it on `nx reset`. Nx starts a process for every task, and has such a cache only in
// those of its own.
const compileCache = join(workspace, '.nx', 'workspace-data', 'compile-cache');

/** Why the packages have to be installed, or undefined. */
function reasonToInstall() {
  const present = join(workspace, 'node_modules', '.package-lock.json');
  if (!existsSync(present)) return 'node_modules is missing';
  const read = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'));
  const path = outdated(read(join(workspace, 'package-lock.json')), read(present));
  return path && `package-lock.json has changed (${path.replace(/^.*node_modules\//, '')})`;
}

/** Runs a command on this terminal and resolves to its exit code. */
function run(/** @type {string} */ command, /** @type {string[]} */ args) {
  return new Promise((done) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      // Ctrl-C reaches the child from the terminal; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    child.on('error', (error) => {
      console.error(`dockyard: ${command} can't be run: ${error.message}`);
      done(127);
    });
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      done(code ?? 128 + (signal ? constants.signals[signal] : 0));
    });
  });
}

function install() {
  // At its usual level npm warns of each package that wants a newer Node, which is among these very packages.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  return npm && basename(npm) === 'npm-cli.js' ? run(process.execPath, [npm, ...args]) : run('npm', args);
}

/** Ends with exit code 1 where no Node of this platform came with the packages. */
function node() {
  const path = join(bin, 'node');
  if (existsSync(path)) return path;
  const { engines, optionalDependencies } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'));
  const binaries = Object.keys(optionalDependencies).filter((name) => name.startsWith('node-'));
  const wanted = optionalDependencies[binaries[0] ?? ''];
  if (Number.parseInt(process.versions.node) >= Number.parseInt(wanted)) return process.execPath;
  console.error(
    `dockyard: needs Node ${wanted}; this is ${process.versions.node}, and npm installed none for ${process.platform}-${process.arch}.\n` +
      `There are packages for ${binaries.map((name) => name.slice(5)).join(', ')}. Elsewhere install Node ${Number.parseInt(wanted)} yourself and ` +
      `run this again; where yours is in the list, remove node_modules and look whether npm is told to omit optional packages ` +
      `(npm config get omit). Starting takes Node ${engines.node}.`,
  );
  process.exit(1);
}

const reason = reasonToInstall();
if (reason) {
  console.error(`dockyard: ${reason}; running npm ci`);
  const code = await install();
  if (code !== 0) {
    console.error('dockyard: npm ci failed; what it printed says why. Run it by itself once that is mended.');
    process.exit(code);
  }
}
const program = node();
// Debian gives users other than root no sbin, nor root after a plain `su`; what sets up networks and file systems for the tests is there.
process.env.PATH = [bin, process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(delimiter);
process.env.NODE_COMPILE_CACHE = compileCache;
if (realpathSync(program) === realpathSync(process.execPath)) {
  module.enableCompileCache?.(compileCache);
  await import(pathToFileURL(main).href);
} else {
  process.exit(await run(program, [main, ...process.argv.slice(2)]));
}
