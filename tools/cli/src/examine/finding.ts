/** One thing that doctor looked at. */
export interface Finding {
  readonly what: string;
  /** `note`: absent, and builds work without. */
  readonly state: 'ok' | 'missing' | 'note';
  readonly found: string;
  readonly fix?: string;
  /** Whether nothing can be built where it is missing. */
  readonly vital: boolean;
}
