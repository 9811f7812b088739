import { isCommitId } from '@dockyard/checkout';

/** What a job hands to the jobs after it, and what each may hold. GitLab makes variables of them, and shells read those. */
const ALLOWED = {
  /** What `nx affected` compares with: a commit, or the tree without files. */
  NX_BASE: isCommitId,
  /** The commit that is built. */
  NX_HEAD: isCommitId,
} as const satisfies Readonly<Record<string, (value: string) => boolean>>;

/**
 * Writes variables as an environment file for `artifacts:reports:dotenv`. Whatever their values come from, no other variable comes out of it:
 * only these names are written, and only values that mean the same to GitLab, to a shell and to git.
 *
 * @param values by name
 * @returns the file's content, a line each
 * @throws {RangeError} a name isn't one of ours, or a value is none that it may hold
 * @see https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
 */
export function renderDotenv(values: Readonly<Record<keyof typeof ALLOWED, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      const allows = Object.hasOwn(ALLOWED, name) ? ALLOWED[name as keyof typeof ALLOWED] : () => false;
      if (!allows(value)) throw new RangeError(`${JSON.stringify(name)} must not be ${JSON.stringify(value)}`);
      return `${name}=${value}\n`;
    })
    .join('');
}
