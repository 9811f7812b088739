interface Lock {
  readonly packages?: Readonly<Record<string, object>>;
}

export function outdated(locked: Lock, installed: Lock): string | undefined;
