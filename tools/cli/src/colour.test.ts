import { describe, expect, it } from 'vitest';
import { nxColourEnvironment } from './colour.ts';

describe('nxColourEnvironment', () => {
  it.each([
    { terminal: true, env: {}, colour: '1' },
    { terminal: false, env: {}, colour: '0' },
    { terminal: true, env: { NO_COLOR: '1' }, colour: '0' },
    { terminal: false, env: { FORCE_COLOR: '1' }, colour: '1' },
    { terminal: true, env: { NO_COLOR: '1', FORCE_COLOR: '1' }, colour: '0' },
  ])('says $colour where the terminal is $terminal and the environment $env', ({ terminal, env, colour }) => {
    expect(nxColourEnvironment(terminal, env)).toEqual({ FORCE_COLOR: colour, NO_COLOR: undefined });
  });
});
