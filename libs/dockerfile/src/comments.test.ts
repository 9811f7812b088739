import { describe, expect, it } from 'vitest';
import { withoutComments } from './comments.ts';

describe('withoutComments', () => {
  it('leaves out comments and blank lines, between continued lines too', () => {
    expect(withoutComments('# hi\nFROM a\n\nRUN x \\\n  # why\n  && y # z\n')).toBe('FROM a\nRUN x \\\n  && y # z');
  });

  it('keeps directives, which are comments only further down', () => {
    expect(withoutComments('# escape=`\r\n# a=b c\nFROM a\n# escape=\\\n')).toBe('# escape=`\n# a=b c\nFROM a');
  });

  it('makes nothing of a file of comments', () => {
    expect(withoutComments('# only\n# this')).toBe('');
  });
});
