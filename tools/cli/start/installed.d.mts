interface Lock {
  readonly packages?: Readonly<Record<string, object>>;
}

export function outdated(
  locked: Lock,
  installed: Lock,
  machine: { readonly os: string; readonly cpu: string; readonly libc?: string },
): string | undefined;
