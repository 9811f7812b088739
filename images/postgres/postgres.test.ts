import { container, type ContainerOptions, expectVersion, type StartedContainer, volume } from '@dockyard/image-test';
import { describe, expect, it } from 'vitest';

const DATA = '/var/lib/postgresql/data';
const SECRET = { POSTGRES_PASSWORD: 'schooner' };
/** Said twice: by the server of the first start too, which nobody reaches. */
const READY = /starts\n[^]*database system is ready to accept connections/;
const READY_AGAIN = /database system is ready to accept connections/;

async function started(options: ContainerOptions = {}): Promise<StartedContainer> {
  const postgres = await container({ env: SECRET, ...options });
  await postgres.waitForLog(READY);
  return postgres;
}

async function sql(postgres: StartedContainer, query: string, ...args: string[]): Promise<string> {
  const { stdout } = await postgres.exec(['psql', '-U', 'postgres', '-v', 'ON_ERROR_STOP=1', '-Atq', ...args], {
    input: query,
  });
  return stdout.trim();
}

/** A volume with files. Engines may be far away: nothing of this machine can be mounted. */
async function volumeOf(files: Record<string, string>, owner = '999'): Promise<string> {
  const name = await volume();
  const writer = await container({
    user: '0',
    entrypoint: ['sleep'],
    command: ['600'],
    volumes: [{ name, target: '/files' }],
  });
  for (const [file, text] of Object.entries(files))
    await writer.exec(['sh', '-c', 'cat > "/files/$1"', 'sh', file], { input: text });
  await writer.exec(['chown', '-R', owner, '/files']);
  return name;
}

describe('data', () => {
  it('are kept across a restart', async () => {
    const name = await volume();
    const postgres = await started({ volumes: [{ name, target: DATA }] });
    await sql(postgres, "CREATE TABLE ships (name text); INSERT INTO ships VALUES ('Argo');");
    await postgres.restart();
    await postgres.waitForLog(READY_AGAIN);
    expect(await sql(postgres, 'SELECT name FROM ships;')).toBe('Argo');
  });

  it('survive a kill', async () => {
    const name = await volume();
    const postgres = await started({ volumes: [{ name, target: DATA }] });
    await sql(postgres, "CREATE TABLE ships (name text); INSERT INTO ships VALUES ('Argo');");
    await postgres.kill();
    await postgres.restart();
    await postgres.waitForLog(/automatic recovery in progress/);
    await postgres.waitForLog(READY_AGAIN);
    expect(await sql(postgres, 'SELECT name FROM ships;')).toBe('Argo');
  });
});

describe('the first start', () => {
  it('needs a password, and says how to give one', async () => {
    const postgres = await container();
    await postgres.waitForLog(/error: there is no database yet, and no password/);
    await postgres.waitForLog(/Set POSTGRES_PASSWORD/);
    expect(await postgres.waitForExit()).toBe(1);
  });

  it('takes user, database, options of initdb and secrets in files', async () => {
    const secrets = await volumeOf({ password: 'from a file', user: 'skipper\n' });
    const postgres = await started({
      env: {
        POSTGRES_PASSWORD_FILE: '/run/secrets/password',
        POSTGRES_USER_FILE: '/run/secrets/user',
        POSTGRES_DB: 'harbour master',
        POSTGRES_INITDB_ARGS: '--locale-provider=icu --icu-locale=de --data-checksums',
      },
      volumes: [{ name: secrets, target: '/run/secrets', readOnly: true }],
    });
    const ask = async (password: string): Promise<{ exitCode: number; stdout: string }> =>
      postgres.exec(
        ['psql', '-h', await address(postgres), '-U', 'skipper', '-d', 'harbour master', '-Atc', 'SHOW data_checksums'],
        { env: { PGPASSWORD: password }, reject: false },
      );
    expect(await ask('from a file')).toMatchObject({ exitCode: 0, stdout: 'on' });
    expect((await ask('guessed')).exitCode).toBe(2);
    const environment = await postgres.exec(['sh', '-c', 'tr "\\0" "\\n" < /proc/1/environ'], { user: 'postgres' });
    expect(environment.stdout).not.toContain('PASSWORD');
  });

  it('runs the init scripts in their order, each kind as it is customary', async () => {
    const scripts = await volumeOf({
      '1-table.sql': 'CREATE TABLE log (line text);',
      '2-read.sh': 'docker_process_sql <<< "INSERT INTO log VALUES (\'read in $POSTGRES_DB\')"',
      '3-run.sh': '#!/bin/sh\npsql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "INSERT INTO log VALUES (\'run\')"\n',
      '4-packed.sql': "INSERT INTO log VALUES ('packed');",
      '5-tight.sql': "INSERT INTO log VALUES ('tight');",
      '6-tighter.sql': "INSERT INTO log VALUES ('tighter');",
      README: 'no script',
    });
    const packer = await container({
      user: '0',
      entrypoint: ['sleep'],
      command: ['600'],
      volumes: [{ name: scripts, target: '/files' }],
    });
    await packer.exec(['sh', '-euc', 'cd /files; chmod +x 3-run.sh; gzip 4*; xz 5*; zstd -q --rm 6*']);
    const postgres = await started({
      env: { ...SECRET, POSTGRES_DB: 'app' },
      volumes: [{ name: scripts, target: '/docker-entrypoint-initdb.d', readOnly: true }],
    });
    expect(await sql(postgres, "SELECT string_agg(line, ',') FROM log;", '-d', 'app')).toBe(
      'read in app,run,packed,tight,tighter',
    );
    expect(await postgres.logs()).toContain('ignoring /docker-entrypoint-initdb.d/README');
  });

  it('that an init script fails leaves nothing that would pass for a database', async () => {
    const scripts = await volumeOf({ 'broken.sql': 'SELECT nothing FROM nowhere;' });
    const name = await volume();
    const options = {
      env: SECRET,
      volumes: [
        { name: scripts, target: '/docker-entrypoint-initdb.d' },
        { name, target: DATA },
      ],
    };
    const first = await container(options);
    await first.waitForLog(/relation "nowhere" does not exist/);
    expect(await first.waitForExit()).toBe(3);
    const second = await container(options);
    await second.waitForLog(/the first start on \/var\/lib\/postgresql\/data did not finish/);
    expect(await second.waitForExit()).toBe(1);
  });
});

describe('docker run', () => {
  it('takes options of the server', async () => {
    const postgres = await started({
      command: ['-c', 'max_connections=17', '-c', 'shared_preload_libraries=pg_stat_statements'],
    });
    expect(await sql(postgres, 'SHOW max_connections;')).toBe('17');
    expect(
      await sql(postgres, 'CREATE EXTENSION pg_stat_statements; SELECT count(*) > 0 FROM pg_stat_statements;'),
    ).toBe('t');
  });

  it('runs another command as it is, and says its version without a database', async () => {
    const shell = await container({ command: ['bash', '-c', 'echo I am $(id -u)'] });
    await shell.waitForLog(/I am 0/);
    await expectVersion(/^postgres \(PostgreSQL\) (?<version>\S+)$/m, { command: ['--version'] });
  });

  it('refuses a setting that is none, and says which', async () => {
    const postgres = await container({ env: SECRET, command: ['-c', 'no_such_setting=1'] });
    await postgres.waitForLog(/unrecognized configuration parameter "no_such_setting"/);
    await postgres.waitForExit();
  });

  it('serves as a user of no name, with a root file system that is never written', async () => {
    const name = await volume();
    const postgres = await started({
      user: '12345:0',
      readOnly: true,
      tmpfs: ['/tmp'],
      env: { ...SECRET, PGDATA: `${DATA}/mine` },
      // Not tmpfs: where Podman lays one, only the owner of the folder may write.
      volumes: [
        { name, target: DATA },
        { name: await volume(), target: '/run/postgresql' },
      ],
    });
    expect((await postgres.exec(['id', '-u'])).stdout.trim()).toBe('12345');
    expect(await sql(postgres, 'SELECT 6 * 7;')).toBe('42');
  });
});

it('is process 1 as uid 999, and speaks every collation', async () => {
  const postgres = await started();
  expect((await postgres.exec(['sh', '-c', 'grep ^Uid: /proc/1/status'])).stdout).toMatch(/^Uid:\s+999\s+999\s/);
  const sorted = (collation: string): Promise<string> =>
    sql(postgres, `SELECT string_agg(w, '' ORDER BY w COLLATE "${collation}") FROM unnest('{b,a,B,ä}'::text[]) AS w;`);
  expect(await sorted('C.utf8')).toBe('Babä');
  expect(await sorted('de-x-icu')).toBe('aäbB');
  expect(await sorted('en_US.utf8')).toBe('aäbB');
  expect(await sql(postgres, "SELECT xpath('/a/text()', '<a>xml</a>');")).toBe('{xml}');
  expect(await sql(postgres, "SELECT timestamptz '2026-07-01 00:00 Europe/Berlin' AT TIME ZONE 'UTC';")).toBe(
    '2026-06-30 22:00:00',
  );
});

it('ends cleanly on the stop signal, whoever is connected', async () => {
  const postgres = await started();
  const client = sql(postgres, 'SELECT pg_sleep(600);').catch((error: unknown) => String(error));
  await expect
    .poll(() => sql(postgres, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%';"))
    .toBe('1');
  await postgres.stop();
  await client;
  expect(await postgres.logs()).toMatch(/received fast shutdown request[^]*database system is shut down\n?$/);
  expect((await postgres.state()).exitCode).toBe(0);
});

/** Its own address, where a password is asked for. */
async function address(postgres: StartedContainer): Promise<string> {
  return (await postgres.exec(['hostname', '-i'])).stdout.trim().split(' ')[0] ?? '';
}
