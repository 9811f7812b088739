import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerError, printable, RegistryError } from './errors.ts';

const answer = (body: unknown): string =>
  answerError('GET x', 403, {}, typeof body === 'string' ? body : JSON.stringify(body)).message;

describe('what a registry says', () => {
  it('is shown', () => {
    expect(
      answer({ errors: [{ code: 'DENIED', message: 'access denied', detail: [1] }, { message: 'and more' }] }),
    ).toBe('GET x: HTTP status 403 (DENIED: access denied; and more)');
  });

  it('can steer no terminal, and add no line of its own to a log', () => {
    const message = 'no\u001b[2J\u001b]0;owned\u0007\r\nsection_end:1:build\n::error::\u202eevil\u2028x\u0000';
    expect(answer({ errors: [{ message }] })).toBe(
      'GET x: HTTP status 403 (no [2J ]0;owned section_end:1:build ::error:: evil x)',
    );
  });

  it('is cut where it is long', () => {
    expect(answer({ errors: [{ message: 'a'.repeat(5_000_000) }] }).length).toBeLessThan(400);
    expect(answer({ errors: Array.from({ length: 10_000 }, () => ({ code: 'X'.repeat(100) })) }).length).toBeLessThan(
      400,
    );
  });

  it.each(['', '<html>', '[]', '{"errors":{}}', '{"errors":[1]}', '{"errors":[{"code":{}}]}', 'null'])(
    'is left out where it is %s',
    (body) => {
      expect(answer(body)).toBe('GET x: HTTP status 403');
    },
  );

  it('is one line, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const { message } of [
          new RegistryError(text, { transient: false }),
          new Error(answer({ errors: [{ code: text }] })),
        ])
          expect(message).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
      { numRuns: 3_000, seed: 19 },
    );
    expect(printable('x'.repeat(9), 3)).toBe('xxx…');
  });
});
