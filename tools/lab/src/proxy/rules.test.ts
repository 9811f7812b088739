import { describe, expect, it } from 'vitest';
import { type FaultRule, faultChooser } from './rules.ts';

const fault = { kind: 'hang' } as const;

/** Which faults befall the requests. */
function befallen(rules: readonly FaultRule[], ...requests: readonly string[]): string[] {
  const choose = faultChooser(rules);
  return requests.map((request) => {
    const [method = '', path = ''] = request.split(' ');
    return choose(method, path)?.kind ?? '-';
  });
}

describe('faultChooser', () => {
  it('goes by method and path, query included', () => {
    expect(
      befallen(
        [{ fault, method: 'PUT', path: /\?digest=/, times: Infinity }],
        ...['PUT /v2/a/blobs/uploads/1?digest=x', 'GET /v2/a?digest=x', 'PUT /v2/a/manifests/1', 'PUT /b?digest='],
      ),
    ).toEqual(['hang', '-', '-', 'hang']);
  });

  it('skips some and ends after so many', () => {
    expect(
      befallen([{ fault, path: /a/g, skip: 1, times: 2 }], 'GET /a', 'GET /a', 'GET /b', 'GET /a', 'GET /a'),
    ).toEqual(['-', 'hang', '-', 'hang', '-']);
  });

  it('lets each rule have its turn', () => {
    const rules: FaultRule[] = [
      { fault, path: /a/ },
      { fault: { kind: 'lose-answer' }, path: /a/ },
    ];
    expect(befallen(rules, 'GET /a', 'GET /a', 'GET /a')).toEqual(['hang', 'lose-answer', '-']);
  });
});
