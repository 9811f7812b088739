import { expect, it } from 'vitest';
import { registriesOf } from './registries.ts';

it('are prefixes, with blanks or commas between', () => {
  expect(registriesOf({ DOCKYARD_REGISTRIES: ' registry.example.com/g/p, docker.io/acme\nquay.io/acme ' })).toEqual([
    { registry: 'registry.example.com', name: 'g/p' },
    { registry: 'docker.io', name: 'acme' },
    { registry: 'quay.io', name: 'acme' },
  ]);
});

it.each([undefined, '', ' , '])('are required: %j', (text) => {
  expect(() => registriesOf({ DOCKYARD_REGISTRIES: text })).toThrow(/names no registry/);
});
