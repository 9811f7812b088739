import type { ContentDifference, EntryDifference, FieldDifference, LayoutDifference } from './types.ts';

const ENTRIES = 50;
const LINE_CHARACTERS = 240;

/**
 * Differences as plain lines for a person, details indented below what they belong to. Of one layer at most 50 entries
 * are shown, and the rest counted.
 */
export function renderDifferences(differences: readonly LayoutDifference[]): string[] {
  return differences.flatMap(renderDifference).map((line) => {
    // What came out of an image must not steer the terminal.
    const safe = line.replace(/[^\P{C}\t]/gu, '\ufffd');
    return safe.length > LINE_CHARACTERS ? `${safe.slice(0, LINE_CHARACTERS)}…` : safe;
  });
}

function renderDifference(difference: LayoutDifference): string[] {
  switch (difference.kind) {
    case 'field':
      return renderField(difference, `${difference.document} `);
    case 'layer count':
      return [`layers: ${String(difference.first)} in the first, ${String(difference.second)} in the second`];
    case 'layer': {
      const title = `layer ${String(difference.layer + 1)}`;
      if (difference.first === difference.second) return [`${title}: the same tar, compressed in another way`];
      if (difference.entries.length === 0) {
        return [`${title}: the same entries, in tars of another form (headers, padding, an entry that comes twice)`];
      }
      const more = difference.entries.length - ENTRIES;
      return [
        `${title}:`,
        ...indent(difference.entries.slice(0, ENTRIES).flatMap(renderEntry)),
        ...(more > 0 ? indent([`… and ${String(more)} more`]) : []),
      ];
    }
  }
}

function renderEntry(entry: EntryDifference): string[] {
  switch (entry.kind) {
    case 'missing':
      return [`${entry.name}: ${entry.type} only in the ${entry.in}`];
    case 'order':
      return [`the order of the entries: ${entry.first} in the first where the second has ${entry.second}`];
    case 'changed':
      return [
        entry.name,
        ...indent(entry.fields.flatMap((field) => renderField(field))),
        ...(entry.content === undefined
          ? []
          : indent([
              `content: ${entry.content.first} in the first, ${entry.content.second} in the second`,
              ...indent(renderContent(entry.content)),
            ])),
      ];
  }
}

function renderField({ field, first, second }: FieldDifference, prefix = ''): string[] {
  if (first === undefined) return [`${prefix}${field}: ${second ?? ''} only in the second`];
  if (second === undefined) return [`${prefix}${field}: ${first} only in the first`];
  return [`${prefix}${field}: ${first} in the first, ${second} in the second`];
}

function renderContent(content: ContentDifference): readonly string[] {
  switch (content.kind) {
    case 'text':
      return content.lines;
    case 'binary': {
      const { start, first, second } = content.context;
      return [
        `from byte ${String(content.offset)}; the bytes from ${String(start)}:`,
        `- ${renderBytes(first)}`,
        `+ ${renderBytes(second)}`,
      ];
    }
    case 'not compared':
      return ['not compared: too many files differ'];
  }
}

function renderBytes(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${hex}  ${text}`;
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
