export { affectedBase, markPublished } from './published-commit.ts';
export { publishImage, type PublishImageOptions } from './publish-image.ts';
export { retainImages } from './retain-images.ts';
export { registriesOf } from './registries.ts';
export { type CompareOptions, comparePublished, type Comparison, type Comparisons } from './compare-published.ts';
export { imageSize, type PublishedImage, publishedImages } from './published-images.ts';
export { verifyImages } from './verify-images.ts';
