import { describe, expect, it } from 'vitest';
import { apiUrl, parseRepository } from './reference.ts';

describe('a repository', () => {
  it.each([
    ['registry.example.com/group/images', 'registry.example.com', 'group/images'],
    ['registry.example.com:5000/a', 'registry.example.com:5000', 'a'],
    ['localhost/a/b__c/d-e', 'localhost', 'a/b__c/d-e'],
    ['127.0.0.1:5000/a', '127.0.0.1:5000', 'a'],
    ['[::1]:5000/a', '[::1]:5000', 'a'],
  ])('%s', (text, registry, name) => {
    expect(parseRepository(text)).toEqual({ registry, name });
  });

  it.each([
    '',
    'redis',
    'library/redis',
    'registry.example.com/',
    'registry.example.com/Group',
    'https://a.b/c',
    'a.b/c:1',
    'a.b/c@d',
  ])('is not %j', (text) => {
    expect(() => parseRepository(text)).toThrow(/names no repository/);
  });
});

it('speaks plain HTTP with this machine only', () => {
  expect(apiUrl('127.0.0.1:5000').href).toBe('http://127.0.0.1:5000/v2/');
  expect(apiUrl('localhost:5000').href).toBe('http://localhost:5000/v2/');
  expect(apiUrl('registry.example.com').href).toBe('https://registry.example.com/v2/');
  expect(apiUrl('127.0.0.1.example.com').href).toBe('https://127.0.0.1.example.com/v2/');
  expect(apiUrl('docker.io').href).toBe('https://registry-1.docker.io/v2/');
});
