import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { type Diagnostic, formatDiagnostics, platformMistake } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { checkSshUrl } from '@dockyard/inventory';
import type { Remote } from './remotes.ts';

const platformName = z.string().superRefine((text, context) => {
  const message = platformMistake(text);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});
const sshUrl = z.string({ error: 'must be a URL such as ssh://user@host:22' }).superRefine((text, context) => {
  const wrong = checkSshUrl(text);
  if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
});
const schema = z.strictObject({ runners: z.record(platformName, sshUrl) });

/**
 * Reads `.dockyard/runners.yaml`: a mapping `runners` from platform to ssh:// URL.
 *
 * @param text the file's text
 * @param file its name, for errors
 * @returns one remote for each platform, its line as the source
 * @throws {UserError} every mistake of the file, as `file:line:column`
 */
export function readRunnersFile(text: string, file: string): Remote[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  /** Where a key stands, or the nearest mapping that has a position. */
  const keyPosition = (path: readonly PropertyKey[]): { line: number; column: number } => {
    let node: unknown = document.contents;
    let offset = 0;
    for (const part of path) {
      const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === part) : undefined;
      if (pair === undefined) break;
      offset = isScalar(pair.key) ? (pair.key.range?.[0] ?? offset) : offset;
      node = pair.value;
    }
    return at(offset);
  };

  const syntax = document.errors.map<Diagnostic>(({ message, pos }) => ({
    file,
    ...at(pos[0]),
    message: message.split('\n')[0] ?? message,
  }));
  if (syntax.length > 0) throw refusal(syntax);

  const parsed = schema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    throw refusal(
      parsed.error.issues.flatMap<Diagnostic>((issue) => {
        const field = issue.path.map(String).join('.');
        const named = field === '' ? {} : { field };
        if (issue.code === 'unrecognized_keys')
          return issue.keys.map((key) => ({
            file,
            ...keyPosition([...issue.path, key]),
            message: `unknown field ${JSON.stringify(key)}`,
            fix: 'The only field is `runners`.',
          }));
        if (issue.code === 'invalid_key')
          return issue.issues.map(({ message }) => ({ file, ...keyPosition(issue.path), field: 'runners', message }));
        return [{ file, ...keyPosition(issue.path), ...named, message: issue.message }];
      }),
    );
  }
  return Object.entries(parsed.data.runners).map(([platform, host]) => ({
    platform,
    host,
    source: `${file}:${String(keyPosition(['runners', platform]).line)}`,
  }));
}

function refusal(diagnostics: readonly Diagnostic[]): UserError {
  const sorted = diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return new UserError(formatDiagnostics(sorted), {
    hint: 'It should look like this:\nrunners:\n  linux/arm64: ssh://user@host:22',
  });
}
