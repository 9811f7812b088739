export function withoutNpmOptions(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv;

export function nodePackage(
  manifest: { readonly optionalDependencies: Readonly<Record<string, string>> },
  machine: { readonly os: string; readonly cpu: string },
): { version: string; name: string | undefined; platforms: string[] };

export function nodeProgram(manifest: { readonly bin?: string | Readonly<Record<string, string>> }): string | undefined;
