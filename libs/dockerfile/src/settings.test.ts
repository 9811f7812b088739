import { describe, expect, it } from 'vitest';
import { readDockerfile } from './read-dockerfile.ts';
import { type ContainerSettings, inheritSettings, NO_SETTINGS } from './settings.ts';

function settings(text: string): ContainerSettings {
  const result = readDockerfile(text, 'images/boat/Dockerfile', {
    namespace: 'dockyard',
    buildArgs: { VERSION: '2.1' },
  });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value.stages.at(-1)?.settings ?? NO_SETTINGS;
}

describe('what a stage sets', () => {
  it('is nothing where it says nothing', () => {
    expect(settings('FROM scratch\nCOPY a /a\n')).toEqual(NO_SETTINGS);
  });

  it('is read from every instruction that sets something', () => {
    const text = `FROM scratch
ARG VERSION
ENV NAME=boat DATA="/data of $VERSION"
EXPOSE 80 \\
  443/udp 80/tcp
VOLUME ["/data", "/logs"]
VOLUME /data
USER 999:999
WORKDIR /srv
WORKDIR www
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=10s --start-period=1m --timeout=3s --retries=5 CMD ["boat", "ping"]
ENTRYPOINT ["boat"]
CMD serve $NAME
`;
    expect(settings(text)).toEqual({
      environment: { NAME: 'boat', DATA: '/data of 2.1' },
      ports: ['80/tcp', '443/udp'],
      volumes: ['/data', '/logs'],
      user: '999:999',
      workingDirectory: '/srv/www',
      stopSignal: 'SIGQUIT',
      healthcheck: { command: ['boat', 'ping'], interval: '10s', startPeriod: '1m', timeout: '3s', retries: '5' },
      entrypoint: ['boat'],
      command: ['/bin/sh', '-c', 'serve $NAME'],
    });
  });

  it('is its own, and not that of the stage before', () => {
    expect(settings('FROM scratch AS one\nUSER 1\nFROM scratch\nUSER 2\nHEALTHCHECK NONE\n')).toEqual({
      ...NO_SETTINGS,
      user: '2',
      healthcheck: 'none',
    });
  });
});

describe('what is inherited', () => {
  const base = settings(
    'FROM scratch\nENV A=1 B=1\nEXPOSE 80\nVOLUME /a\nUSER 1\nWORKDIR /srv\nENTRYPOINT ["e"]\nCMD ["c"]\n',
  );

  it('stays where the image on it says nothing', () => {
    expect(inheritSettings(base, NO_SETTINGS)).toEqual(base);
  });

  it('is added to, and replaced', () => {
    expect(
      inheritSettings(base, settings('FROM scratch\nENV B=2\nEXPOSE 443\nUSER 2\nWORKDIR www\nCMD ["d"]\n')),
    ).toEqual({
      environment: { A: '1', B: '2' },
      ports: ['80/tcp', '443/tcp'],
      volumes: ['/a'],
      user: '2',
      workingDirectory: '/srv/www',
      entrypoint: ['e'],
      command: ['d'],
    });
  });

  it('has no command any more where the entry point is another', () => {
    expect(inheritSettings(base, settings('FROM scratch\nENTRYPOINT ["f"]\n'))).not.toHaveProperty('command');
  });
});
