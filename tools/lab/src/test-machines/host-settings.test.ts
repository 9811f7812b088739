import { expect, it } from 'vitest';
import { aptSettings } from './host-settings.ts';

it('aptSettings keeps how packages are reached, and nothing of what is wanted or done with them', () => {
  const dump = [
    'Acquire "";',
    'Acquire::http "";',
    'Acquire::http::Proxy "http://proxy.example:3128";',
    'Acquire::https::CaInfo "/etc/ssl/ours.crt";',
    'Acquire::Check-Valid-Until "false";',
    'Acquire::Languages "";',
    'Acquire::Languages:: "none";',
    'Acquire::GzipIndexes "true";',
    '',
  ];
  expect(aptSettings(dump.join('\n'))).toBe(
    'Acquire::http::Proxy "http://proxy.example:3128";\nAcquire::https::CaInfo "/etc/ssl/ours.crt";\nAcquire::Check-Valid-Until "false";\n',
  );
});
