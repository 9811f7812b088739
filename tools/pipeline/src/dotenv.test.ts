import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderDotenv } from './dotenv.ts';

const [BASE, HEAD] = ['b'.repeat(40), 'a'.repeat(40)];

it('writes what was given', () => {
  expect(renderDotenv({ NX_BASE: BASE, NX_HEAD: HEAD })).toBe(`NX_BASE=${BASE}\nNX_HEAD=${HEAD}\n`);
});

it.each([`HEAD@{now\nNODE_OPTIONS=--import=data:text/javascript,0}`, `${BASE}\nPATH=/tmp`, `${BASE} `, '$(id)', ''])(
  'refuses %j',
  (value) => {
    expect(() => renderDotenv({ NX_BASE: value, NX_HEAD: HEAD })).toThrow(RangeError);
  },
);

it('makes no variable but those of its list, whatever it is given', () => {
  const name = fc.oneof(fc.constantFrom('NX_BASE', 'NX_HEAD', '__proto__', 'constructor', 'PATH'), fc.string());
  const value = fc.oneof(fc.stringMatching(/^[0-9a-f]{40}[\s\S]{0,3}$/), fc.string({ unit: 'binary' }));
  fc.assert(
    fc.property(fc.dictionary(name, value), (values) => {
      let text: string;
      try {
        text = renderDotenv(values as { NX_BASE: string; NX_HEAD: string });
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return;
      }
      expect(text).toMatch(/^(?:NX_(?:BASE|HEAD)=[0-9a-f]{40}(?:[0-9a-f]{24})?\n)*$/);
    }),
    { numRuns: 5_000, seed: 20_240_817 },
  );
});
