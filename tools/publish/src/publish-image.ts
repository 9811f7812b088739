import { join } from 'node:path';
import { exportLayout, findParent, requireProject, withScratch } from '@dockyard/build';
import { gitlabJob } from '@dockyard/checkout';
import { hasCheck, type Project } from '@dockyard/project';
import { planTags } from '@dockyard/definition';
import { type Exec, exec as realExec, UserError } from '@dockyard/exec';
import { Client, publish, type Published, repositoryText } from '@dockyard/registry';
import { readCheckout, uncommitted } from './committed.ts';
import { publishDebugSymbols } from './debug-symbols.ts';
import { describeRepository } from './describe-repository.ts';
import { historyOf } from './history.ts';
import { registriesOf } from './registries.ts';
import { requireComplete, requireLocked, requirePassed } from './tested.ts';

/** What {@link publishImage} takes. */
export interface PublishImageOptions {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** DOCKYARD_REGISTRIES, and what credentials are read from. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Print the plan, change nothing. */
  readonly dryRun?: boolean;
  readonly onLine: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly exec?: Exec;
}

/**
 * Publishes a project's image index to every registry of DOCKYARD_REGISTRIES, whose repositories are named `<prefix>/<image>`. The first
 * one gives the number of the immutable tag, so nothing is published without it; of the others, one that fails doesn't keep the next from its turn.
 *
 * @returns whether all registries have it
 * @throws {UserError} something isn't committed, the index lacks a platform or isn't what passed its tests and the rules, or no registry is named
 */
export async function publishImage(o: PublishImageOptions): Promise<boolean> {
  const { workspace, onLine } = o;
  const exec = o.exec ?? realExec;
  const prefixes = registriesOf(o.env);
  const project = requireProject(workspace, o.root);
  const { definition } = project;
  const { commit, changed } = await readCheckout(exec, workspace);
  if (changed.length > 0) {
    const error = uncommitted(changed);
    if (o.dryRun !== true) throw error;
    onLine(error.message);
  }
  const history = historyOf(exec, workspace, gitlabJob(o.env).defaultBranch);
  // What a registry notes as published goes before ours only where it was merged: whoever pushes there may note anything.
  const isAncestor = async (one: string, of: string): Promise<boolean> =>
    (await history.isAncestor(one, of)) && (await history.isMerged(of));
  return withScratch(workspace, `${project.project}-publish-`, async (scratch) => {
    const layout = join(scratch, 'layout');
    const record = await exportLayout({ workspace, project: project.project, output: layout });
    await requirePassed(workspace, record, { checks: hasCheck(project.compileDockerfile) });
    if (o.dryRun !== true) requireComplete(record);
    await requireLocked(workspace, record);
    let failed = 0;
    let revision: string | undefined;
    for (const [position, prefix] of prefixes.entries()) {
      const client = new Client({ report: onLine, ...(o.signal !== undefined && { signal: o.signal }) });
      try {
        const published = await publish(
          {
            project: project.project,
            image: definition.image,
            version: definition.version,
            tags: planTags(definition),
            layout,
            parents: parentsOf(workspace, project),
            commit,
            ...(revision !== undefined && { revision }),
          },
          {
            client,
            prefix,
            report: onLine,
            isAncestor,
            ...(o.dryRun !== undefined && { dryRun: o.dryRun }),
          },
        );
        for (const line of describe(published, o.dryRun === true)) onLine(line);
        if (published.outcome === 'superseded' && position === 0) return true;
        revision ??= published.revision;
        if (published.outcome !== 'superseded' && o.dryRun !== true) {
          await publishDebugSymbols({
            client,
            repository: { registry: prefix.registry, name: `${prefix.name}/${definition.image}` },
            workspace,
            project: project.project,
            image: definition.image,
            version: definition.version,
            layout,
            scratch,
            report: onLine,
          });
          await describeRepository(project, published.repository, {
            workspace,
            onLine,
            ...(o.signal && { signal: o.signal }),
          });
        }
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        failed += 1;
        onLine(`${repositoryText(prefix)}: ${error.message}${error.hint === undefined ? '' : `\n→ ${error.hint}`}`);
        if (position > 0 || prefixes.length === 1) continue;
        onLine('The number of the immutable tag comes from the first registry, so none of the others is published to.');
        return false;
      } finally {
        await client.close();
      }
    }
    if (record.missing.length > 0)
      onLine(
        `All this is for ${record.platforms.map(({ platform }) => platform).join(', ')} alone. ${record.missing.join(', ')} is missing, so it would be refused; with it the digest is another.`,
      );
    if (failed > 0) onLine(`${project.project} is not in ${String(failed)} of ${String(prefixes.length)} registries.`);
    return failed === 0;
  });
}

/** Images that the layers of a project may come from, nearest first. */
function parentsOf(workspace: string, project: Project): string[] {
  const found = new Set<string>();
  const visit = (one: Project): void => {
    for (const reference of one.dockerfile.references) {
      if (reference.kind !== 'workspace') continue;
      const parent = findParent(workspace, reference);
      if (found.has(parent.definition.image)) continue;
      found.add(parent.definition.image);
      visit(parent);
    }
  };
  visit(project);
  return [...found];
}

function describe(published: Published, dryRun: boolean): string[] {
  const { repository, digest, revision, moved, bytes, outcome } = published;
  if (outcome === 'superseded') return [];
  if (outcome === 'unchanged') return [`${repository}:${revision} is ${digest} already: nothing to push`];
  if (!dryRun) return [`${repository}:${revision} is published: ${digest}`];
  return [
    `${repository}:${revision} would be ${digest}, with ${String(bytes)} bytes to push or mount`,
    ...moved.map(({ tag, from }) => `${repository}:${tag} would move ${from === undefined ? 'here' : `from ${from}`}`),
  ];
}
