export { byPosition, formatDiagnostics, quote, shorten, type Diagnostic, type Result } from './diagnostic.ts';
export { lastAtOrBefore, linePositions } from './line-positions.ts';
export type { Position } from './position.ts';
export { tooLarge } from './size.ts';
export { didYouMean } from './suggest.ts';
