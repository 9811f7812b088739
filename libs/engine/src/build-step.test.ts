import { describe, expect, it } from 'vitest';
import { parseBuildStep } from './build-step.ts';

describe('parseBuildStep', () => {
  it.each([
    ['STEP 3/7: RUN make', { position: '3/7', instruction: 'RUN make' }],
    [
      '[1/2] STEP 6/6: RUN --mount=type=bind,target=/mnt     dpkg && \t true',
      { position: '6/6', instruction: 'RUN dpkg && true' },
    ],
    ['#7 [2/5] COPY rootfs /', { position: '2/5', instruction: 'COPY rootfs /' }],
    ['#12 [compile 10/12] RUN make', { position: '10/12', instruction: 'RUN make' }],
    ['#4 [linux/arm64 1/1] FROM scratch', { position: '1/1', instruction: 'FROM scratch' }],
  ])('reads %s', (line, step) => {
    expect(parseBuildStep(line)).toEqual(step);
  });

  it.each([
    'COMMIT',
    'STEP 4/7: ENV PATH=/usr/bin',
    'STEP 7/7: CMD ["bash"]',
    '#1 [internal] load build definition from Dockerfile',
    '#7 DONE 3.2s',
    '#7 0.412 [1/2] STEP 3/7: RUN make',
    // A program's own progress.
    '#7 [2/5] Building CXX object',
    '[2/5] Building CXX object',
  ])('takes nothing else for a step: %s', (line) => {
    expect(parseBuildStep(line)).toBeUndefined();
  });
});
