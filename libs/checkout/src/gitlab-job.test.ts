import { tmpdir } from 'node:os';
import { exec, UserError, git } from '@dockyard/exec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCommitId } from './commit-id.ts';
import { gitlabJob, isBranchName } from './gitlab-job.ts';

const SHA = 'c'.repeat(40);

describe('a commit', () => {
  it.each([SHA, 'ab12'.repeat(16)])('is %s', (text) => expect(isCommitId(text)).toBe(true));

  it.each([
    'HEAD',
    'HEAD@{now}',
    '',
    'c'.repeat(39),
    'c'.repeat(41),
    'C'.repeat(40),
    `${SHA}\n`,
    `${SHA}\nNODE_OPTIONS=--import=data:text/javascript,0`,
    `HEAD@{now\nNODE_OPTIONS=x}`,
    `--output=${SHA}`,
    `${SHA}^`,
  ])('is not %j', (text) => expect(isCommitId(text)).toBe(false));
});

describe('the job of GitLab', () => {
  it('is read', () => {
    expect(
      gitlabJob({
        CI_COMMIT_REF_PROTECTED: 'true',
        CI_COMMIT_SHA: SHA,
        CI_PROJECT_URL: 'https://gitlab.example.com:8443/group/sub-group/project',
        CI_DEFAULT_BRANCH: 'main',
        CI_COMMIT_REF_SLUG: 'feature-a',
        CI_MERGE_REQUEST_IID: '12',
        CI_MERGE_REQUEST_DIFF_BASE_SHA: SHA,
        CI_PROJECT_ID: '7',
        CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '8',
      }),
    ).toEqual({
      isProtected: false,
      commit: SHA,
      projectUrl: 'https://gitlab.example.com:8443/group/sub-group/project',
      defaultBranch: 'main',
      branchSlug: 'feature-a',
      mergeRequest: { iid: '12', base: SHA, isOfFork: true },
    });
    expect(gitlabJob({ CI_COMMIT_REF_PROTECTED: 'true', CI_MERGE_REQUEST_IID: '' })).toEqual({ isProtected: true });
    expect(gitlabJob({})).toEqual({ isProtected: false });
  });

  it.each([
    ['CI_COMMIT_REF_PROTECTED', 'yes'],
    ['CI_COMMIT_SHA', 'HEAD@{now\nNODE_OPTIONS=--import=x}'],
    ['CI_DEFAULT_BRANCH', '--upload-pack=id'],
    ['CI_DEFAULT_BRANCH', 'a$(id)'],
    ['CI_COMMIT_REF_SLUG', 'a.b'],
    ['CI_MERGE_REQUEST_IID', '1.protected'],
    ['CI_MERGE_REQUEST_DIFF_BASE_SHA', 'HEAD'],
    ['CI_PROJECT_ID', '7;id'],
    ['CI_PROJECT_URL', 'ext::sh -c id'],
    ['CI_PROJECT_URL', '--upload-pack=id'],
    ['CI_PROJECT_URL', 'https://user:token@gitlab.example.com/a/b'],
  ])('is refused where %s is %j', (name, value) => {
    expect(() => gitlabJob({ [name]: value })).toThrow(UserError);
    expect(() => gitlabJob({ [name]: value })).toThrow(name);
  });
});

describe('the name of a branch', () => {
  it.each(['main', 'feature/a-b_c.1', 'dependabot/npm+x', 'Überblick', 'a@b', '7'])('may be %s', (name) =>
    expect(isBranchName(name)).toBe(true),
  );

  it('is one to git as well, and means nothing to a shell', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.stringMatching(/^[a-b./@{}$~^:?*[\\ -]{1,8}$/)), async (text) => {
        if (!isBranchName(text)) return;
        await git(exec, tmpdir(), ['check-ref-format', '--branch', text]);
        expect(text).not.toMatch(/[\s'"`$\\;&|<>(){}*?[\]!~^:]/);
      }),
      { numRuns: 2_000, seed: 20_240_817 },
    );
  });
});
