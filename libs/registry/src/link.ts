import { Field } from './field.ts';

/**
 * Finds the page that follows in Link fields (RFC 8288, 3).
 *
 * @param fields the value of each
 * @returns the target of the first link whose relation is `next`, as it is written; undefined where there is none
 */
export function nextPage(fields: readonly string[]): string | undefined {
  for (const text of fields) {
    const field = new Field(text);
    while (field.next()) {
      const target = field.match(/<[^<>]*>/y)?.slice(1, -1);
      if (target === undefined) {
        field.skipMember();
        continue;
      }
      if (relations(field).includes('next')) return target;
    }
  }
  return undefined;
}

/** The relations of a link, by its first `rel`. */
function relations(field: Field): string[] {
  let found: string | undefined;
  for (;;) {
    const parameter = field.attempt(() => {
      field.space();
      if (!field.take(';')) return undefined;
      field.space();
      const name = field.token()?.toLowerCase() ?? '';
      const value = field.equals() ? (field.quoted() ?? field.match(/[^\s,;"]+/y) ?? '') : '';
      return { name, value };
    });
    if (parameter === undefined) return (found ?? '').toLowerCase().split(/\s+/);
    if (parameter.name === 'rel') found ??= parameter.value;
  }
}
