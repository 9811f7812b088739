import js from '@eslint/js';
import { globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layering } from './eslint.layers.js';

const tests = ['**/*.test.ts', '**/testing/**/*.ts'];

/** One place runs git, past what a person's settings and a hook's environment say: git() of libs/exec. */
const noGit = {
  selector: "Property[key.name='command'][value.value='git']",
  message: 'Run git through git() of @dockyard/exec.',
};
const runsGit = ['libs/exec/src/**/*.ts'];

const noSkippedTest = {
  selector: 'CallExpression > MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo)$/]',
  message: 'A test runs or it is deleted: no only, skip or todo.',
};

export default tseslint.config(
  globalIgnores(['**/node_modules/', 'dist/', 'coverage/', '.nx/', '.dockyard/']),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // An async function without await turns what it throws into a rejection, which is what an interface of promises wants.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.ts'], ignores: runsGit, rules: { 'no-restricted-syntax': ['error', noGit] } },
  {
    files: tests,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': ['error', noSkippedTest],
    },
  },
  { files: tests, ignores: runsGit, rules: { 'no-restricted-syntax': ['error', noSkippedTest, noGit] } },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: { process: 'readonly', console: 'readonly', URL: 'readonly' },
    },
  },
  ...layering,
);
