import { describe, expect, it } from 'vitest';
import { readDockerignore } from './dockerignore.ts';

describe('readDockerignore', () => {
  it('takes a pattern a line, and passes over comments and blank lines', () => {
    const text = '\uFEFF# a comment\r\n\r\n  /docs/ \r\n**/*.md\n./build/../tmp\n.\n../outside\n#not\n';
    expect(readDockerignore(text, 'images/a/.dockerignore')).toEqual({ ok: true, value: ['docs', '**/*.md', 'tmp'] });
  });

  it('refuses exceptions, each with its line', () => {
    const result = readDockerignore('*.md\n!README.md\n  !x\n', 'images/a/.dockerignore');
    expect(result).toMatchObject({
      ok: false,
      diagnostics: [
        { file: 'images/a/.dockerignore', line: 2, column: 1 },
        { line: 3, column: 3 },
      ],
    });
  });
});
