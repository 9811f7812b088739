import { readDockerfile } from '@dockyard/dockerfile';
import { expect, it } from 'vitest';
import { hasCheck, untilCheck, withoutCheck } from './check-stage.ts';

const TEXT = `ARG A=1
FROM dockyard/toolchain:13 AS build
RUN make
# Upstream's tests.
FROM build AS check
RUN make \\
  check

FROM scratch
COPY --from=build /out/ /
`;

function stagesOf(text: string) {
  const result = readDockerfile(text, 'compile.Dockerfile', { namespace: 'dockyard', buildArgs: {} });
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return result.value;
}

it("compiles without upstream's tests, and runs them without what comes after, lines where they were", () => {
  const { stages } = stagesOf(TEXT);
  expect(withoutCheck(TEXT, stages)).toBe(TEXT.replace('FROM build AS check\nRUN make \\\n  check\n', '\n\n\n'));
  expect(untilCheck(TEXT, stages)).toBe(TEXT.replace('FROM scratch\nCOPY --from=build /out/ /\n', '\n\n'));
});

it('takes a Dockerfile without such a stage as it is', () => {
  const text = TEXT.replace(' AS check', ' AS more');
  expect(hasCheck(stagesOf(text))).toBe(false);
  expect(withoutCheck(text, stagesOf(text).stages)).toBe(text);
  expect(hasCheck(stagesOf(TEXT))).toBe(true);
  expect(hasCheck(undefined)).toBe(false);
});
