/**
 * What GitLab accepts as one pipeline. Each is a setting of the instance, so another one may allow more.
 */
export interface Limits {
  /** Jobs that one job may name in `needs`. */
  readonly needs: number;
  /** Jobs of one pipeline. */
  readonly jobs: number;
  /** Bytes of memory that GitLab counts for one configuration file after parsing it; see `parsedSize`. */
  readonly parsedBytes: number;
}

/** The most that GitLab allows one job to need: https://docs.gitlab.com/ci/yaml/#needs */
export const MAX_NEEDS = 50;

/**
 * Jobs in active pipelines on GitLab.com's free tier, the lowest limit that there is by default:
 * https://docs.gitlab.com/administration/instance_limits/#number-of-jobs-in-active-pipelines
 */
export const MAX_JOBS = 500;

/**
 * `max_yaml_size_bytes` was 1 MiB by default and is 2 MiB in newer instances; it counts objects in memory, not the file:
 * https://docs.gitlab.com/administration/instance_limits/#maximum-size-and-depth-of-cicd-configuration-yaml-files
 */
export const MAX_PARSED_BYTES = 1024 * 1024;

/** What every GitLab accepts, unless its administrators lowered it. */
export const GITLAB_LIMITS: Limits = { needs: MAX_NEEDS, jobs: MAX_JOBS, parsedBytes: MAX_PARSED_BYTES };
