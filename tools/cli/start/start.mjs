// Brings node_modules up to date with the Node and npm that the machine has, and goes on with the Node that is in there.
import { spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import module from 'node:module';
import { constants as os, homedir } from 'node:os';
import { basename, delimiter, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { outdated } from './installed.mjs';
import { nodePackage, nodeProgram, withoutNpmOptions } from './npm.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const workspace = resolve(here, '..', '..', '..');
const modules = join(workspace, 'node_modules');
const bin = join(modules, '.bin');
const main = join(here, '..', 'src', 'main.ts');
// Beside what Nx keeps of the graph, and gone with it on `nx reset`. Nx starts a process for every task, and has such a cache only in
// those of its own.
const compileCache = join(workspace, '.nx', 'workspace-data', 'compile-cache');
const read = (/** @type {string} */ path) => JSON.parse(readFileSync(path, 'utf8'));

const machine = {
  os: process.platform,
  cpu: process.arch,
  // As npm tells it; Node knows of its C library only by this way.
  get libc() {
    if (process.platform !== 'linux') return undefined;
    return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  },
};
const wanted = nodePackage(read(join(workspace, 'package.json')), machine);

/** Ends the program with a sentence. */
function refuse(/** @type {string} */ sentence, code = 1) {
  console.error(`dockyard: ${sentence}`);
  process.exit(code);
}

/** Why the packages have to be installed, or undefined. */
function reasonToInstall() {
  const present = readInstalled(join(modules, '.package-lock.json'));
  if (present === undefined) return 'node_modules is missing';
  const path = outdated(read(join(workspace, 'package-lock.json')), present, machine);
  return path && `${path.replace(/^.*node_modules\//, '')} is not as package-lock.json has it`;
}

/** Reads JSON that npm wrote; undefined where it isn't there, or isn't whole, as on a disk that was full. */
function readInstalled(/** @type {string} */ path) {
  try {
    return read(path);
  } catch {
    return undefined;
  }
}

/**
 * Runs a command on this terminal and resolves to its exit code.
 *
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} options
 */
function run(/** @type {string} */ command, /** @type {string[]} */ args, options = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, { ...options, stdio: 'inherit' });
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const forward = (/** @type {NodeJS.Signals} */ signal) => {
      // Ctrl-C reaches the child from the terminal; a second one would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, forward);
    child.on('error', (error) => {
      // The file is there, but what loads it isn't: on Alpine, the C library that Node's binaries are made for.
      const why =
        command !== 'npm' && existsSync(command) ? `this machine can't load it (${error.message})` : error.message;
      console.error(`dockyard: ${command} can't be run: ${why}`);
      done(127);
    });
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      done(code ?? 128 + (signal ? os.signals[signal] : 0));
    });
  });
}

/** Installs what package-lock.json has; ends the program where that fails. */
async function install(/** @type {string} */ reason) {
  console.error(`dockyard: ${reason}; running npm ci`);
  await npmCi(process.execPath);
  const program = installedNode();
  if (reasonToInstall() && program) {
    // npm passes over optional packages that don't run on the Node that it runs on itself, and those are for this one.
    console.error(
      `dockyard: Node ${process.versions.node} is too old for some packages; running npm ci again on Node ${wanted.version}`,
    );
    process.env.PATH = [dirname(program), process.env.PATH].filter(Boolean).join(delimiter);
    await npmCi(program);
  }
  // What npm left of it would be run by the next `npm run`, which looks in node_modules first.
  const damaged = wanted.name !== undefined && !runs(installedNode()) && `${wanted.name} is missing or damaged`;
  if (damaged)
    for (const path of [join(bin, 'node'), join(modules, wanted.name)]) rmSync(path, { recursive: true, force: true });
  const still = damaged || reasonToInstall();
  if (still)
    refuse(
      `npm ci ended well, and yet ${still}. npm passes over optional packages that it can't fetch or unpack: look at the network and the ` +
        `room on the disk, and run this again.`,
    );
}

/** Whether a program is there and is the Node that is wanted. */
function runs(/** @type {string | undefined} */ program) {
  return program !== undefined && spawnSync(program, ['--version']).stdout?.toString().trim() === `v${wanted.version}`;
}

/** Runs npm on a Node; ends the program where it fails. */
async function npmCi(/** @type {string} */ node) {
  // At its usual level npm warns of each package that wants a newer Node, which is among these very packages.
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!cacheIsWritable()) args.push('--cache', join(workspace, '.nx', 'npm-cache'));
  const npm = process.env.npm_execpath;
  // What npm took of our command line for its own is ours to answer, and nothing for the npm below.
  const options = { cwd: workspace, env: withoutNpmOptions(process.env) };
  const code =
    npm && basename(npm) === 'npm-cli.js' ? await run(node, [npm, ...args], options) : await run('npm', args, options);
  if (code === 127)
    refuse('npm is missing; it comes with Node, or as a package of its own (apt-get install npm).', code);
  if (code !== 0) refuse('npm ci failed; what it printed says why. Once that is mended, run this again.', code);
}

/** npm keeps what it fetches in the home folder, and can't do without. */
function cacheIsWritable() {
  const cache = process.env.npm_config_cache ?? join(homedir(), '.npm');
  try {
    accessSync(existsSync(cache) ? cache : dirname(cache), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The Node that npm installed for this machine, if it did. */
function installedNode() {
  if (wanted.name === undefined) return undefined;
  const manifest = readInstalled(join(modules, wanted.name, 'package.json'));
  const program = manifest && nodeProgram(manifest);
  const path = program && join(modules, wanted.name, program);
  return path && existsSync(path) ? path : undefined;
}

/** The Node that everything runs on; ends the program where there is none. */
function node() {
  const { name, version, platforms } = wanted;
  const installed = installedNode();
  if (installed !== undefined) return installed;
  if (name !== undefined) refuse(`node_modules/${name} holds no program. Remove node_modules and run this again.`);
  const major = Number.parseInt(version);
  if (Number.parseInt(process.versions.node) >= major) return process.execPath;
  return refuse(
    `what runs here takes Node ${major}, and this is ${process.versions.node}. npm has one for ${platforms.join(', ')}, but not for ` +
      `${machine.os}-${machine.cpu}: install Node ${major} yourself and run this again.`,
  );
}

/**
 * Lets `npx` and programs that start with `#!/usr/bin/env node` find it too: npm ≤ 10 makes no link of a program that packages of
 * several platforms have.
 */
function link(/** @type {string} */ program) {
  const path = join(bin, 'node');
  try {
    if (existsSync(path) && realpathSync(path) === realpathSync(program)) return;
    const made = `${path}.${process.pid}`;
    symlinkSync(relative(bin, program), made);
    try {
      renameSync(made, path);
    } catch (error) {
      rmSync(made, { force: true });
      throw error;
    }
  } catch {
    // node_modules can't be written: what we run ourselves finds it on the PATH.
  }
}

const reason = reasonToInstall();
if (reason) await install(reason);
const program = node();
if (program !== process.execPath) link(program);
// Debian gives users other than root no sbin, nor root after a plain `su`; what sets up networks and file systems for the tests is there.
process.env.PATH = [bin, dirname(program), process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(delimiter);
process.env.NODE_COMPILE_CACHE = compileCache;
if (realpathSync(program) === realpathSync(process.execPath)) {
  module.enableCompileCache?.(compileCache);
  await import(pathToFileURL(main).href);
} else {
  process.exit(await run(program, [main, ...process.argv.slice(2)]));
}
