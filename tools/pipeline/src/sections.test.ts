import { expect, it } from 'vitest';
import { gitlabSections } from './sections.ts';

it('a task is a collapsed section, and the summary is none', () => {
  let time = 100;
  const sections = gitlabSections(() => time++);
  const printed = [
    '> nx run redis:"compile:amd64"',
    'redis: STEP 1',
    '\u001B[2m> \u001B[22m\u001B[2mnx run\u001B[22m redis:image',
    'redis: joined',
    '',
    ' NX   Successfully ran target image',
  ].flatMap((line) => sections.line(line));
  expect([...printed, ...sections.end()]).toEqual([
    '\u001B[0Ksection_start:100:task_1[collapsed=true]\r\u001B[0Kredis:compile:amd64',
    'redis: STEP 1',
    '\u001B[0Ksection_end:101:task_1\r\u001B[0K',
    '\u001B[0Ksection_start:102:task_2[collapsed=true]\r\u001B[0Kredis:image',
    'redis: joined',
    '',
    '\u001B[0Ksection_end:103:task_2\r\u001B[0K',
    ' NX   Successfully ran target image',
  ]);
});
