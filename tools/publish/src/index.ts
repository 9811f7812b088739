export { affectedBase, markPublished } from './published-commit.ts';
export { publishImage, type PublishImageOptions } from './publish-image.ts';
export { retainImages } from './retain-images.ts';
export { registriesOf } from './registries.ts';
export { publishedSizes } from './published-sizes.ts';
