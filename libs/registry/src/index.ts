export { type Artifact, pullArtifact, pushArtifact } from './artifact.ts';
export { Client, type ClientOptions } from './client.ts';
export { type Description, type DescriptionOptions, pushDescription } from './description.ts';
export { RegistryError } from './errors.ts';
export { type Publication, publish, type Published, type PublishOptions } from './publish.ts';
export { parseRepository, type RepositoryName, repositoryText } from './reference.ts';
export { retainPublished, type RetainOptions } from './retain.ts';
export { pushReferrer, referrersTag } from './referrers.ts';
export { readPublishedCommit, writePublishedCommit } from './state.ts';
