export * from './properties.ts';
export * from './texts.ts';
