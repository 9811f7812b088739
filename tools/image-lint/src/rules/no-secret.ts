import type { Rule } from '../rule.ts';

const KINDS: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+(?:[A-Za-z-]+: .*\s+)*[A-Za-z0-9+/=]{40}/],
  ['a PGP private key', /-----BEGIN PGP PRIVATE KEY BLOCK-----/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})/],
  ['a GitLab token', /\bgl(?:pat|dt|rt|ptt|cbt)-[A-Za-z0-9_-]{20}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b|_authToken\s*=\s*[A-Za-z0-9-]{16}/],
  ['a Slack token', /\bxox[abprs]-[0-9A-Za-z-]{20}/],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}\b/],
  ['credentials of a registry', /"auth"\s*:\s*"[A-Za-z0-9+/]{12,}={0,2}"/],
];

/** Environment variables whose name says that their value is a secret. */
const SECRET_NAME = /(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS)$/i;

/**
 * Names the kinds of secrets that a text seems to hold; never the secrets.
 *
 * @param text of a file
 */
export function findSecrets(text: string): string[] {
  return KINDS.filter(([, pattern]) => pattern.test(text)).map(([kind]) => kind);
}

export const noSecret: Rule = {
  name: 'no-secret',
  severity: 'error',
  explanation:
    'Whoever has the image or the repository has what is in its files, also in layers that a later one covers.',
  fix: 'revoke the secret, take it out, and hand it over at run time: a mounted file, or a variable that names one',
  definition: ({ texts }) =>
    [...texts].flatMap(([file, text]) =>
      text.split('\n').flatMap((_, index, lines) =>
        // A key begins on one line and goes on on the next ones.
        findSecrets(lines.slice(index, index + 4).join('\n'))
          .filter((kind) => !findSecrets(lines.slice(index + 1, index + 5).join('\n')).includes(kind))
          .map((kind) => ({ file, line: index + 1, message: `this looks like ${kind}` })),
      ),
    ),
  image: ({ own, config }) => [
    ...own.flatMap(({ path, secrets }) => secrets.map((kind) => ({ message: `/${path} looks like it holds ${kind}` }))),
    ...(config.config?.Env ?? []).flatMap((variable) => {
      const [name = '', value = ''] = variable.split(/=(.*)/s);
      return SECRET_NAME.test(name) && value !== '' ? [{ message: `the environment has a value for ${name}` }] : [];
    }),
  ],
};
