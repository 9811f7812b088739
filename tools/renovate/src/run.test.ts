import type { UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { gitlabEnvironment } from './run.ts';

const JOB = {
  CI_API_V4_URL: 'https://gitlab.example.org/api/v4',
  CI_PROJECT_PATH: 'group/project',
  RENOVATE_TOKEN: 'secret',
  DOCKYARD_STORE: '/store',
};

describe('gitlabEnvironment', () => {
  it('takes the project of the job, and no setting of anybody else', () => {
    const env = gitlabEnvironment('/workspace', {
      ...JOB,
      RENOVATE_ALLOWED_COMMANDS: '[".*"]',
      RENOVATE_DRY_RUN: 'full',
    });
    expect(env).toMatchObject({
      RENOVATE_ENDPOINT: 'https://gitlab.example.org/api/v4',
      RENOVATE_REPOSITORIES: 'group/project',
      RENOVATE_CUSTOM_ENV_VARIABLES: '{"DOCKYARD_STORE":"/store"}',
      RENOVATE_DRY_RUN: undefined,
    });
    expect(env['RENOVATE_TOKEN']).toBeUndefined();
    expect('RENOVATE_TOKEN' in env).toBe(false);
  });

  it('allows two commands, on files of images', () => {
    const patterns = JSON.parse(gitlabEnvironment('/workspace', JOB)['RENOVATE_ALLOWED_COMMANDS'] ?? '') as string[];
    const allowed = (command: string): boolean => patterns.some((pattern) => new RegExp(pattern).test(command));
    expect(allowed('npm run --silent docs')).toBe(true);
    expect(allowed('npm run --silent docs -- x')).toBe(false);
    expect(allowed('npm run --silent sources -- --update images/php/8.4/image.yaml')).toBe(true);
    expect(allowed('npm run --silent sources -- --update images/php/image.yaml; rm -rf /')).toBe(false);
    expect(allowed('npm run --silent sources -- --update images/a.yaml images/b.yaml')).toBe(false);
    expect(allowed('sh -c npm run --silent sources -- --update images/a.yaml')).toBe(false);
  });

  it.each(['RENOVATE_TOKEN', 'CI_API_V4_URL', 'CI_PROJECT_PATH'])('says that %s is missing', (name) => {
    expect(() => gitlabEnvironment('/workspace', { ...JOB, [name]: '' })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`${name} is not set`) as string }) as UserError,
    );
  });
});
