import { resolve } from '../image/contents.ts';
import { filesProblem, type Problem, type Rule } from '../rule.ts';

/** Where images keep licences: as Debian, as Fedora, as Red Hat's certification has them. */
const TEXT = /^(?:usr\/(?:local\/)?share\/(?:doc|licenses)|licenses)\/.*(?:copyright|licen[cs]e|copying|notice)[^/]*$/i;

export const licenceTexts: Rule = {
  name: 'licence-texts',
  severity: 'error',
  explanation: 'Nearly every licence asks that its text goes along with the software.',
  fix: "install upstream's licence as /usr/share/doc/<name>/copyright; keep the copyright files of packages",
  image: (contents) => {
    const { own, files, packages, packaged, project } = contents;
    const shipped = project.definition.sources.length > 0 || project.compileDockerfile !== undefined;
    const hasText = own.some(
      ({ path, type, size }) => type === 'file' && size > 0 && TEXT.test(path) && !packaged.has(path),
    );
    const problems: Problem[] =
      shipped && !hasText
        ? [{ message: `no licence of ${project.definition.image} (${project.definition.licenses}) is in the image` }]
        : [];
    return [
      ...problems,
      ...filesProblem(
        'packages without their copyright file',
        packages.map((name) => `usr/share/doc/${name}/copyright`).filter((path) => resolve(files, path) === undefined),
      ),
    ];
  },
};
