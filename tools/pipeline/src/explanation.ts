import { UserError } from '@dockyard/exec';
import { z } from 'zod';

const reason = z.object({
  kind: z.string(),
  file: z.string().optional(),
  package: z.string().optional(),
  ecosystem: z.string().optional(),
  producer: z.string().optional(),
});

const schema = z.object({
  affected: z.record(z.string(), z.array(reason)),
  upstream: z.record(z.string(), z.array(reason)),
});

/** Why tasks are affected: by task id, of those asked for and of those that they depend on. */
export type Explanation = z.infer<typeof schema>;

/** One reason; which fields it has depends on its kind. */
export type Reason = z.infer<typeof reason>;

/**
 * Reads what `nx affected --explain=<file>` wrote.
 *
 * @param text the file's content
 * @throws {UserError} it has another form
 * @see AffectedExplanation of nx, dist/src/project-graph/affected/affected-reasons.d.ts
 */
export function readExplanation(text: string): Explanation {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) throw new UserError(`Nx explains in a form that is not known: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The tasks that a change reaches: those asked for, and what they depend on as far as it is changed as well. */
export function changedTasks({ affected, upstream }: Explanation): ReadonlySet<string> {
  return new Set([...Object.keys(affected), ...Object.keys(upstream)]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
