import {
  container,
  type ContainerOptions,
  expectVersion,
  imageUnderTest,
  type StartedContainer,
  volumeOf,
} from '@dockyard/image-test';
import { describe, expect, it } from 'vitest';

const { project } = imageUnderTest();
const [, line = '', variant = ''] = /^php-(.+)-(cli|fpm|zts)$/.exec(project) ?? [];

const BUILT_IN = [
  ...[
    'Core',
    'ctype',
    'curl',
    'date',
    'dom',
    'fileinfo',
    'filter',
    'hash',
    'iconv',
    'json',
    'libxml',
    'mbstring',
    'mysqlnd',
  ],
  ...[
    'openssl',
    'pcre',
    'PDO',
    'pdo_sqlite',
    'Phar',
    'posix',
    'random',
    'readline',
    'Reflection',
    'session',
    'SimpleXML',
    'sodium',
  ],
  ...['SPL', 'sqlite3', 'standard', 'tokenizer', 'xml', 'xmlreader', 'xmlwriter', 'Zend OPcache', 'zlib'],
];
const WAITING = [
  ...[
    'bcmath',
    'bz2',
    'calendar',
    'exif',
    'ftp',
    'gd',
    'gettext',
    'gmp',
    'intl',
    'mysqli',
    'pcntl',
    'pdo_mysql',
    'pdo_pgsql',
  ],
  ...['pgsql', 'shmop', 'soap', 'sockets', 'sysvmsg', 'sysvsem', 'sysvshm', 'xsl', 'zip'],
];

const idle = (options: ContainerOptions = {}): Promise<StartedContainer> =>
  container({ command: ['sleep', 'infinity'], ...options });

async function php(where: StartedContainer, ...args: string[]): Promise<string> {
  return (await where.exec(['php', ...args])).stdout.trim();
}

describe('extensions', () => {
  it('are the customary ones', async () => {
    const where = await idle();
    const modules = (await php(where, '-m')).split('\n');
    expect(modules).toEqual(expect.arrayContaining(BUILT_IN));
    expect(modules).not.toEqual(expect.arrayContaining(['intl']));
  });

  it('that wait are there with one command, and work', async () => {
    const where = await idle();
    await where.exec(['docker-php-ext-install', '-j2', ...WAITING]);
    const enabled = await where.exec(['php', '-m']);
    expect(enabled.stderr).toBe('');
    expect(enabled.stdout.split('\n')).toEqual(expect.arrayContaining(WAITING));
    const script = `
      $image = imagecreatetruecolor(2, 2);
      ob_start(); imagewebp($image); imagejpeg($image); imagepng($image); ob_end_clean();
      $zip = new ZipArchive; $zip->open('/tmp/a.zip', ZipArchive::CREATE); $zip->addFromString('a', 'b'); $zip->close();
      $sheet = new DOMDocument;
      $sheet->loadXML('<x:stylesheet version="1.0" xmlns:x="http://www.w3.org/1999/XSL/Transform"><x:template match="/">by <x:value-of select="//a"/>!</x:template></x:stylesheet>');
      $ships = new DOMDocument; $ships->loadXML('<a>Argo of Iolcus</a>');
      $xslt = new XSLTProcessor; $xslt->importStylesheet($sheet); echo $xslt->transformToXml($ships);
      echo bcadd('0.1', '0.2', 1), gmp_strval(gmp_pow(2, 70)), gd_info()['FreeType Support'] ? 'freetype' : '',
        (new NumberFormatter('de_DE', NumberFormatter::SPELLOUT))->format(42), implode(PDO::getAvailableDrivers());`;
    const said = await php(where, '-r', script);
    for (const part of [
      'by Argo of Iolcus!',
      '0.3',
      '1180591620717411303424',
      'freetype',
      'zwei\u00adund\u00advierzig',
      'mysql',
      'pgsql',
      'sqlite',
    ])
      expect(said).toContain(part);
  });

  it('that are not there are refused, and those that are get named', async () => {
    const where = await idle();
    const unknown = await where.exec(['docker-php-ext-enable', 'nosuch'], { reject: false });
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toMatch(/there is no extension nosuch[^]*here are: bcmath /);
    await where.exec(['sh', '-c', 'mkdir /tmp/boat; touch /tmp/boat/config.m4']);
    const source = await where.exec(['docker-php-ext-install', '/tmp/boat'], { reject: false });
    expect(source.exitCode).toBe(1);
    expect(source.stderr).toMatch(/not here: autoconf cc make[^]*dockyard\/toolchain/);
    // Built in, or enabled already.
    await where.exec(['docker-php-ext-install', 'pdo', 'opcache', 'mbstring']);
    expect((await where.exec(['php', '-v'])).stderr).toBe('');
  });

  it('do what they are for', async () => {
    const where = await idle();
    const script = `
      $db = new PDO('sqlite::memory:');
      $db->exec('CREATE TABLE ships (name text)');
      $db->prepare('INSERT INTO ships VALUES (?)')->execute(['Argo']);
      echo $db->query('SELECT name FROM ships')->fetchColumn(), ' ', mb_strtoupper('æ'), ' ', iconv('UTF-8', 'ISO-8859-15//TRANSLIT', '€') === "\\xa4" ? 'euro' : '',
        ' ', password_verify('x', password_hash('x', PASSWORD_ARGON2ID)) ? 'argon2' : '', ' ', bin2hex(sodium_crypto_generichash('x', '', 16)) ? 'sodium' : '',
        ' ', (new DateTime('@0'))->setTimezone(new DateTimeZone('Asia/Tokyo'))->format('H:i'),
        ' ', count(openssl_get_cert_locations()) > 0 && is_readable('/etc/ssl/certs/ca-certificates.crt') ? 'certificates' : '', ' ', PHP_ZTS ? 'zts' : 'nts';`;
    expect(await php(where, '-r', script)).toBe(
      `Argo Æ euro argon2 sodium 09:00 certificates ${variant === 'zts' ? 'zts' : 'nts'}`,
    );
  });
});

describe('settings', () => {
  it('are those of production, until another php.ini comes', async () => {
    const where = await idle();
    const settings =
      'echo ini_get("display_errors"), ini_get("zend.assertions"), ini_get("log_errors"), ini_get("expose_php");';
    expect(await php(where, '-r', settings)).toMatch(/^-110?$/);
    await where.exec(['sh', '-c', 'cp "$PHP_INI_DIR/php.ini-development" "$PHP_INI_DIR/php.ini"']);
    expect(await php(where, '-r', settings)).toMatch(/^1?110?$/);
  });

  it('of a folder of its own are read too', async () => {
    const folder = await volumeOf({ 'mine.ini': 'memory_limit = 77M\nextension = sockets\n' });
    const where = await idle({ env: { PHP_INI_SCAN_DIR: ':/mine' }, volumes: [{ name: folder, target: '/mine' }] });
    expect(await php(where, '-r', 'echo ini_get("memory_limit"), extension_loaded("sockets") ? "yes" : "no";')).toBe(
      '77Myes',
    );
  });

  it('that are wrong are said', async () => {
    const where = await idle();
    await where.exec(['sh', '-c', 'echo "extension = nosuch" > /usr/local/etc/php/conf.d/x.ini']);
    const { stderr } = await where.exec(['php', '-v'], { reject: false });
    expect(stderr).toContain("Unable to load dynamic library 'nosuch'");
  });
});

it('is the version that its tag says', async () => {
  await expectVersion(/^PHP (?<version>\S+) \(cli\)/m, { command: ['php', '--version'] });
});

it('has www-data of uid 33, a folder that it owns, and the licences of what it ships', async () => {
  const where = await idle();
  const { stdout } = await where.exec(['sh', '-c', 'id -u; cd /var/www/html; touch mine; phar version'], {
    user: 'www-data',
  });
  expect(stdout).toMatch(/^33\nPHP Version: +8\.[^]*Phar EXT version/i);
  for (const file of ['php/copyright', 'php/README.REDIST.BINS', 'php/Zend/LICENSE'])
    await where.exec(['test', '-s', `/usr/share/doc/${file}`]);
  expect(await php(where, '-r', 'echo getenv("PHP_VERSION") === PHP_VERSION ? "same" : "other";')).toBe('same');
});

function commandLine(): void {
  it.each([
    ['options are those of php', ['-r', 'echo 6 * 7, "\n";'], /^42$/m],
    [
      'a command is run as it is',
      ['sh', '-c', 'echo $PHP_VERSION'],
      new RegExp(`^${line.replace('.', '\\.')}\\.\\d+$`, 'm'),
    ],
    ['php comes with its arguments', ['php', '--version'], new RegExp(`^PHP ${line.replace('.', '\\.')}\\.`, 'm')],
  ])('%s', async (_, command, said) => {
    const one = await container({ command });
    await one.waitForLog(said);
    expect(await one.waitForExit()).toBe(0);
  });

  it('tells a mistake in a script, on stderr and by the exit code', async () => {
    const one = await container({ command: ['-r', 'nosuch();'] });
    await one.waitForLog(/PHP Fatal error: {2}Uncaught Error: Call to undefined function nosuch\(\)/);
    expect(await one.waitForExit()).toBe(255);
  });

  it('ends a worker that handles SIGTERM, and starts it again', async () => {
    const worker =
      'pcntl_async_signals(true); pcntl_signal(SIGTERM, fn() => exit(7)); echo "ready\\n"; while (true) sleep(60);';
    const one = await container({ command: ['-d', 'extension=pcntl', '-r', worker] });
    await one.waitForLog(/ready/);
    await one.stop(30);
    expect((await one.state()).exitCode).toBe(7);
    await one.restart();
    await one.waitForLog(/ready/);
    await one.kill();
    expect(await one.waitForExit()).toBe(137);
  });

  it('runs as any user, with a root file system that is never written', async () => {
    const one = await container({
      command: ['-S', '0.0.0.0:8080', '-t', '/etc'],
      user: '54321:54321',
      readOnly: true,
      tmpfs: ['/tmp'],
      ports: [8080],
    });
    await one.waitForPort(8080);
    expect(await (await one.http('/debian_version')).text()).toMatch(/^13/);
    expect((await one.exec(['php', '-r', 'echo posix_getuid(), tempnam("/tmp", "x") !== false;'])).stdout).toBe(
      '543211',
    );
    expect(await one.logs()).toContain('/debian_version');
    // As process 1 it passes over the signals that it doesn't handle, and its server handles this one.
    await one.kill('INT');
    expect(await one.waitForExit()).toBe(0);
  });
}

function server(): void {
  const SCRIPT = `<?php
    if (isset($_GET['log'])) error_log('ahoy from a script');
    if (isset($_GET['slow'])) { file_put_contents('/tmp/slow', 'x'); usleep(1_500_000); }
    if (isset($_GET['fail'])) nosuch();
    echo 'user ', posix_getuid(), ' ', $_SERVER['REQUEST_METHOD'], ' ', getenv('GREETING');`;
  /** Sends a request as a web server does. Run by the php of the image: nothing of this machine reaches into it. */
  const CLIENT = `
    [, $query, $script] = $argv;
    $record = fn ($type, $content) => pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0) . $content;
    $variable = fn ($name, $value) => pack('CC', strlen($name), strlen($value)) . $name . $value;
    $socket = stream_socket_client('tcp://127.0.0.1:9000');
    $variables = $variable('REQUEST_METHOD', 'GET') . $variable('SCRIPT_NAME', "/$script") . $variable('SCRIPT_FILENAME', "/var/www/html/$script")
      . $variable('QUERY_STRING', $query) . $variable('REQUEST_URI', "/$script?$query");
    fwrite($socket, $record(1, pack('nCx5', 1, 0)) . $record(4, $variables) . $record(4, '') . $record(5, ''));
    for ($said = ''; strlen($head = (string) stream_get_contents($socket, 8)) === 8;) {
      ['type' => $type, 'length' => $length, 'padding' => $padding] = unpack('Cversion/Ctype/nid/nlength/Cpadding', $head);
      $content = $length + $padding === 0 ? '' : stream_get_contents($socket, $length + $padding);
      if ($type === 6) $said .= substr($content, 0, $length);
    }
    echo $said;`;
  const get = async (fpm: StartedContainer, query = '', script = 'index.php'): Promise<string> =>
    php(fpm, '-r', CLIENT, '--', query, script);

  async function serve(options: ContainerOptions = {}): Promise<StartedContainer> {
    const folder = await volumeOf({ 'index.php': SCRIPT });
    const fpm = await container({
      volumes: [{ name: folder, target: '/var/www/html' }],
      env: { GREETING: 'ahoy' },
      ...options,
    });
    await fpm.waitForLog(/ready to handle connections/);
    return fpm;
  }

  it('runs a script as www-data, logs to the container, is well, and ends cleanly', async () => {
    const fpm = await serve();
    expect(await get(fpm, 'log=1')).toMatch(/\r\n\r\nuser 33 GET ahoy$/);
    expect(await get(fpm)).not.toMatch(/X-Powered-By/i);
    await fpm.waitForLog(/ahoy from a script$/m);
    await fpm.waitForLog(/"GET \/index\.php" 200/);
    await fpm.exec(['php-fpm-healthcheck']);
    await fpm.stop();
    expect((await fpm.state()).exitCode).toBe(0);
    await fpm.waitForLog(/Finishing|exiting, bye-bye!/);
  });

  it('finishes a request before it ends', async () => {
    const fpm = await serve();
    const slow = get(fpm, 'slow=1');
    await expect.poll(async () => (await fpm.exec(['test', '-e', '/tmp/slow'], { reject: false })).exitCode).toBe(0);
    await fpm.kill('QUIT');
    // The process that asks goes with the container: the log tells how the request ended.
    await slow.catch(() => undefined);
    expect(await fpm.waitForExit()).toBe(0);
    expect(await fpm.logs()).toMatch(/"GET \/index\.php" 200/);
  });

  it('tells no visitor of an error, but its log', async () => {
    const fpm = await serve();
    const answer = await get(fpm, 'fail=1');
    expect(answer).toMatch(/^Status: 500/);
    expect(answer).not.toContain('nosuch');
    await fpm.waitForLog(/Uncaught Error: Call to undefined function nosuch\(\) in \/var\/www\/html\/index\.php:4/);
    expect(await get(fpm, '', 'missing.php')).toMatch(/^Status: 404/);
  });

  it.each([['54321'], ['54321:54321'], ['www-data']])(
    'runs as %s on a file system that can not be written',
    async (user) => {
      const fpm = await serve({ user, readOnly: true, tmpfs: ['/tmp'] });
      expect(await get(fpm)).toContain(`user ${user === 'www-data' ? '33' : '54321'} GET`);
      await fpm.exec(['php-fpm-healthcheck', '127.0.0.1:9000', '/ping']);
    },
  );

  it('takes options, and settings from a file', async () => {
    const version = await container({ command: ['-v'] });
    await version.waitForLog(/\(fpm-fcgi\)/);
    const folder = await volumeOf({
      'www.conf': '[www]\nlisten = /tmp/php.sock\npm = static\npm.max_children = 1\nping.path = /well\n',
    });
    const fpm = await container({ user: '54321', volumes: [{ name: folder, target: '/usr/local/etc/php-fpm.d' }] });
    await fpm.waitForLog(/ready to handle connections/);
    await fpm.exec(['php-fpm-healthcheck', '/tmp/php.sock', '/well']);
    const sick = await fpm.exec(['php-fpm-healthcheck'], { reject: false });
    expect([sick.exitCode, sick.stderr]).toEqual([1, 'nothing listens on 127.0.0.1:9000: Connection refused']);
  });

  it('says what is wrong with a configuration, and where', async () => {
    const folder = await volumeOf({ 'www.conf': '[www]\nlisten = 9000\npm = statik\n' });
    const fpm = await container({ volumes: [{ name: folder, target: '/usr/local/etc/php-fpm.d' }] });
    await fpm.waitForLog(/ERROR: .*php-fpm\.d\/www\.conf:3.*statik|invalid process manager/);
    expect(await fpm.waitForExit()).toBe(78);
  });

  it('reloads, and comes back after it was killed', async () => {
    const fpm = await serve();
    await fpm.kill('USR2');
    await fpm.waitForLog(/Reloading in progress/);
    await expect.poll(() => get(fpm).catch(() => '')).toContain('user 33');
    await fpm.kill();
    expect(await fpm.waitForExit()).toBe(137);
    await fpm.restart();
    await fpm.waitForLog(/ready to handle connections/);
    expect(await get(fpm)).toContain('user 33');
  });
}

if (variant === 'fpm') describe('php-fpm', server);
else describe('docker run', commandLine);
