export function steered(env: Readonly<Record<string, string | undefined>>): 'force' | 'global' | undefined;
