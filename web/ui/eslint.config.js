import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** The files of src/{folder} may not import those of these other folders. */
function apart(folder, ...others) {
  return {
    files: [`src/${folder}/**`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `\\.\\./(${others.join('|')})/`,
              message: 'room and dash import shared, and nothing of each other; shared imports neither.',
            },
          ],
        },
      ],
    },
  };
}

export default defineConfig(
  globalIgnores(['dist', 'client', 'src/**/wire.ts']),
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      // The compiler knows what is not defined.
      'no-undef': 'off',
      // Maps and sets are made anew, and nobody changes one that is shown.
      'svelte/prefer-svelte-reactivity': 'off',
      // Prettier needs {' '} to keep a space.
      'svelte/no-useless-mustaches': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_$' }],
    },
  },
  apart('room', 'dash'),
  apart('dash', 'room'),
  apart('shared', 'room', 'dash'),
);
