/**
 * Compares the version that a program says with the one that its image has.
 *
 * @param said the program's
 * @param declared the definition's
 * @throws {Error} they aren't the very same
 */
export function compareVersions(said: string | undefined, declared: string | undefined): void {
  if (said === undefined) throw new Error('the pattern has no group of the name version: /^boat (?<version>\\S+)$/m');
  if (declared === undefined) throw new Error('the image has no label org.opencontainers.image.version');
  if (said !== declared)
    throw new Error(
      `the program says that it is version ${said}, and the definition that it is ${declared}: its sources are those of another version`,
    );
}
