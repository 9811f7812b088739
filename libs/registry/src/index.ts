export { Client, type ClientOptions, type Manifest, type Pushed } from './client.ts';
export { type Credentials, credentialStore, type CredentialStore } from './credentials.ts';
export { RegistryError } from './errors.ts';
export { apiUrl, parseRepository, type RepositoryName, repositoryText } from './reference.ts';
export { type Patience } from './retry.ts';
export { type Publication, publish, type Published, type PublishOptions } from './publish.ts';
export { type Artifact, artifactManifest, EMPTY, pullArtifact, pushArtifact } from './artifact.ts';
export { readPublishedCommit, writePublishedCommit } from './state.ts';
export { planRevision } from './revision.ts';
