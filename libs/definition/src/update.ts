import { quote, didYouMean } from '@dockyard/diagnostic';
import type { Problem } from './problem.ts';

/** The datasources of Renovate 44 (https://docs.renovatebot.com/modules/datasource/); a test compares them with the installed one's. */
export const DATASOURCES: readonly string[] = (
  'apk artifactory aws-eks-addon aws-machine-image aws-rds azure-bicep-resource azure-pipelines-tasks azure-tags bazel ' +
  'bitbucket-server-tags bitbucket-tags bitrise buildpacks-registry cdnjs clojure conan conda cpan crate dart dart-version deb ' +
  'deno devbox docker dotnet-version elm-package endoflife-date flutter-version forgejo-releases forgejo-tags galaxy ' +
  'galaxy-collection git-refs git-tags gitea-releases gitea-tags github-digest github-release-attachments github-releases ' +
  'github-runners github-tags gitlab-packages gitlab-releases gitlab-tags glasskube-packages go golang-version gradle-version ' +
  'hackage helm hermit hex hexpm-bob java-version jenkins-plugins jsr kubernetes-api maven nextcloud node-version npm nuget orb ' +
  'packagist pod puppet-forge pypi python-version repology rpm ruby-version rubygems rust-version sbt-package sbt-plugin ' +
  'terraform-module terraform-provider typst unity3d unity3d-packages'
).split(' ');

/** The versionings of Renovate 44 (https://docs.renovatebot.com/modules/versioning/); `regex:` goes on with an expression. */
export const VERSIONINGS: readonly string[] = (
  'apk aws-eks-addon aws-machine-image azure-rest-api bazel-module cargo composer conan conda deb debian deno devbox docker elm ' +
  'exact git github-actions glasskube go-mod-directive gomod gradle hashicorp helm hermit hex ivy kubernetes-api lambda-node loose ' +
  'maven nixpkgs node npm nuget paket pep440 perl poetry pvp python redhat regex rez rpm ruby rust-release-channel same-major ' +
  'semver semver-coerced semver-partial swift ubuntu unity3d unity3d-packages'
).split(' ');

/**
 * Checks `update` of a definition as far as that goes without Renovate.
 *
 * @param update of any shape
 * @param version of the definition, where it is one
 */
export function checkUpdate(update: Readonly<Record<string, unknown>>, version: string | undefined): Problem[] {
  const { datasource, versioning, allowed, extract } = update;
  return [
    ...(typeof datasource === 'string' && !/^custom\../.test(datasource)
      ? unknown(datasource, DATASOURCES, 'datasource')
      : []),
    ...(typeof versioning === 'string' && !/^regex:./.test(versioning)
      ? unknown(versioning, VERSIONINGS, 'versioning')
      : []),
    ...(typeof allowed === 'string' && version !== undefined ? outside(version, allowed) : []),
    ...(typeof extract === 'string' ? checkExtract(extract) : []),
  ];
}

function unknown(name: string, known: readonly string[], field: string): Problem[] {
  if (known.includes(name)) return [];
  const suggestion = didYouMean(name, known);
  return [
    {
      path: ['update', field],
      message: `Renovate has no ${field} ${quote(name)}`,
      fix:
        suggestion === undefined
          ? `take one of https://docs.renovatebot.com/modules/${field}/`
          : `did you mean ${suggestion}?`,
    },
  ];
}

/** Renovate holds a line by the numbers that the version begins with, so these have to be the range's. */
function outside(version: string, allowed: string): Problem[] {
  const line = /^~(\d+(?:\.\d+)?)$/.exec(allowed)?.[1];
  if (line === undefined || new RegExp(`^v?${line.replace('.', '\\.')}(?!\\d)`).test(version)) return [];
  return [
    {
      path: ['update', 'allowed'],
      message: `found ${quote(allowed)}, and the version ${quote(version)} is none of that release line`,
      fix: 'another line is another definition: npx nx g @dockyard/nx-images:line <image> <line>; or correct one of the two',
    },
  ];
}

function checkExtract(extract: string): Problem[] {
  if (isExpression(extract) && extract.includes('(?<version>')) return [];
  return [
    {
      path: ['update', 'extract'],
      message: `found ${quote(extract)}; allowed: a regular expression with a group (?<version>…)`,
      fix: 'name the part of the upstream tag that is the version: "^php-(?<version>.+)$"',
    },
  ];
}

function isExpression(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}
