/**
 * An error that a user can meet and mend: the message says what happened and where, the hint what to do next.
 * Whoever prints errors prints these without a stack.
 */
export class UserError extends Error {
  readonly hint?: string;

  /**
   * @param message what happened and where (`file:line` where there is one)
   * @param options.hint what to do next
   * @param options.cause the error that led to this one
   */
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'UserError';
    if (options.hint !== undefined) this.hint = options.hint;
  }
}
