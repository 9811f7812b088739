import { describe, expect, it } from 'vitest';
import { editYaml, type YamlEdit } from './edit-yaml.ts';

const TEXT = `# first
image: php # the name
version:   "8.4.1"
endOfLife: '2028-12-31' # upstream's
update: { allowed: '~8.4' }
sizes:
  linux/amd64: 1 MB # measured

  linux/arm64: 2 MB
# of the tags
tags: ['{version}', "{major}", latest] # three
others:
  - one # 1
  - two
last: true`;

const edited = (...edits: YamlEdit[]): string => editYaml(TEXT, edits);

describe('an edit', () => {
  it.each<[string, YamlEdit, string, string]>([
    ['of a text', { path: ['version'], text: '8.6.0' }, '8.4.1', '8.6.0'],
    ['of a text in a mapping', { path: ['update', 'allowed'], text: '~8.6' }, '~8.4', '~8.6'],
    ['of a text without quotes', { path: ['image'], text: 'fpm' }, 'php', 'fpm'],
    ['that gives quotes to what would be a number without', { path: ['image'], text: '000' }, 'php', "'000'"],
    ['of an item', { path: ['tags', 2], text: 'newest' }, 'latest', 'newest'],
    ['that removes a field', { path: ['endOfLife'], remove: true }, "endOfLife: '2028-12-31' # upstream's\n", ''],
    [
      'that removes a mapping',
      { path: ['sizes'], remove: true },
      'sizes:\n  linux/amd64: 1 MB # measured\n\n  linux/arm64: 2 MB\n',
      '',
    ],
    ['that removes the last field', { path: ['last'], remove: true }, 'last: true', ''],
    ['that removes the first item', { path: ['tags', 0], remove: true }, `'{version}', `, ''],
    ['that removes the last item', { path: ['tags', 2], remove: true }, ', latest', ''],
    ['that removes a line of a list', { path: ['others', 0], remove: true }, '  - one # 1\n', ''],
  ])('%s changes that and not another byte', (_, edit, before, after) => {
    expect(TEXT).toContain(before);
    expect(edited(edit)).toBe(TEXT.replace(before, after));
  });

  it('may be one of several', () => {
    expect(edited({ path: ['tags', 1], remove: true }, { path: ['version'], text: '9' })).toBe(
      TEXT.replace('8.4.1', '9').replace(`"{major}", `, ''),
    );
    expect(edited()).toBe(TEXT);
  });

  it.each<[YamlEdit, string]>([
    [{ path: ['nothing'], text: 'x' }, 'nothing is not there'],
    [{ path: ['last'], text: 'x' }, 'last is not there'],
    [{ path: ['tags', 3], remove: true }, 'tags[3] is not there'],
    [{ path: ['update', 'allowed'], remove: true }, 'update.allowed does not stand on a line of its own'],
  ])('%j is refused', (edit, message) => {
    expect(() => edited(edit)).toThrow(new RangeError(message));
  });
});
