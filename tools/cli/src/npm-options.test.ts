import { UserError } from '@dockyard/exec';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { steered } from '../npm-options.mjs';
import { refuseTakenOptions } from './npm-options.ts';

const program = new Command();
program.command('image').option('--locked').option('--dry-run');
program.command('test:images').option('--base <commit>');
program.command('cache').command('retain').option('--days <n>');

function refusal(args: string[], env: Record<string, string>): string | undefined {
  try {
    refuseTakenOptions(program, args, { npm_lifecycle_event: args[0], ...env });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${error.message} ${error.hint ?? ''}`;
  }
  return undefined;
}

describe('an option that npm took for itself', () => {
  it('is refused, with the command that hands it on', () => {
    expect(refusal(['image', 'hello'], { npm_config_locked: 'true', npm_config_dry_run: 'true' })).toBe(
      'npm took --locked for an option of its own, and nothing was done. Use: npx dockyard image hello --locked --dry-run',
    );
  });

  it('may have left its value among the arguments', () => {
    expect(refusal(['test:images', 'main'], { npm_config_base: 'true' })).toContain(
      'Use: npx dockyard test:images … --base <commit>',
    );
  });

  it('is one of a command below another', () => {
    expect(refusal(['cache', 'retain'], { npm_config_days: '3' })).toContain('npx dockyard cache retain … --days <n>');
  });

  it.each([
    { title: 'that was handed on', args: ['image', '--locked'], env: { npm_config_locked: 'true' } },
    { title: 'that is off', args: ['image'], env: { npm_config_locked: '', npm_config_dry_run: 'false' } },
    { title: 'of another command', args: ['image'], env: { npm_config_base: 'main' } },
    { title: 'of an outer script', args: ['image'], env: { npm_config_locked: 'true', npm_lifecycle_event: 'test' } },
    { title: 'of npx', args: ['image'], env: { npm_config_locked: 'true', npm_lifecycle_event: 'npx' } },
  ])('is none $title', ({ args, env }) => {
    expect(refusal(args, env)).toBeUndefined();
  });

  it('may be force or global, where its letters are short options of npm', () => {
    const run = { npm_lifecycle_event: 'image' };
    expect(steered({ ...run, npm_config_force: 'true' })).toBe('force');
    expect(steered({ ...run, npm_config_global: 'true' })).toBe('global');
    expect(steered({ ...run, npm_config_force: '' })).toBeUndefined();
    expect(steered({ npm_lifecycle_event: 'npx', npm_config_force: 'true' })).toBeUndefined();
    expect(steered({ npm_config_force: 'true' })).toBeUndefined();
  });
});
