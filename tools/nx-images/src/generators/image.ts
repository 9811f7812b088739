import { UserError } from '@dockyard/exec';
import { generateFiles, logger, type Tree } from '@nx/devkit';

/** Options of `nx g @dockyard/nx-images:image`. */
export interface ImageGeneratorOptions {
  readonly name: string;
  readonly description?: string;
}

const NAME = /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/;

/**
 * Scaffolds `images/<name>`: a definition that builds at once, to be changed piece by piece.
 *
 * @returns what to print once the files are written.
 * @throws UserError where the name is none that a registry takes, or is taken.
 */
export default function imageGenerator(tree: Tree, options: ImageGeneratorOptions): () => void {
  const { name } = options;
  // Nx shows nothing of an error but its message.
  if (!NAME.test(name))
    throw new UserError(`"${name}" is no name of an image: lower-case letters, digits, and . _ - between them.`);
  const root = `images/${name}`;
  if (tree.exists(root)) throw new UserError(`${root} is there already: take another name, or change that definition.`);
  generateFiles(tree, `${import.meta.dirname}/image-files`, root, {
    name,
    description: JSON.stringify(options.description ?? `${name}, built by Dockyard`),
    template: '',
  });
  return () => {
    logger.info(`
Build it: npm run image ${name}
With more in ${root}/image.yaml, before the next build:
  npm run sources -- --update ${root}/image.yaml   # for \`sources\`: their digests; write zeros until then
  npm run lock ${name}   # for \`packages\`: the exact Debian packages
`);
  };
}
