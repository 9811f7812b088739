import { UserError } from '@dockyard/exec';
import { labAvailability } from './availability.ts';
import { startDockerEngine } from './docker-engine.ts';
import { startSshHost } from './ssh-host.ts';
import { labStatus } from './status.ts';
import { stopLab } from './stop.ts';

const USAGE = `usage: cli.ts start|start-ssh|stop|status DIR
  start      a Docker Engine; prints the environment to use it, for eval
  start-ssh  the engine and an sshd that reaches it; prints the environment, for eval
  stop       stops both, undoes the mounts; keeps the root and the images
  status     what runs`;

async function main(verb: string | undefined, dir: string | undefined): Promise<void> {
  if (dir === undefined) throw new UserError(USAGE);
  const report = (line: string) => void process.stderr.write(`lab: ${line}\n`);
  switch (verb) {
    case 'start':
      printEnvironment((await startDockerEngine({ dir, report })).env);
      return;
    case 'start-ssh': {
      const { env, dockerHost } = await startSshHost({ dir, report });
      printEnvironment({ ...env, DOCKER_HOST: dockerHost });
      return;
    }
    case 'stop':
      return stopLab({ dir });
    case 'status': {
      const availability = await labAvailability();
      if (!availability.available) console.log(`can't run here: ${availability.reason}`);
      const { made, engine, processes } = await labStatus({ dir });
      console.log(`root: ${made ? 'made' : 'not made'}\nengine: ${engine ? 'running' : 'not running'}`);
      for (const { pid, name } of processes) console.log(`process: ${String(pid)} ${name}`);
      return;
    }
    default:
      throw new UserError(USAGE);
  }
}

function printEnvironment(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) console.log(`export ${name}='${value}'`);
}

try {
  await main(process.argv[2], process.argv[3]);
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  if (error.hint !== undefined) console.error(error.hint);
  process.exitCode = 1;
}
