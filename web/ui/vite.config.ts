import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { clientFiles } from './client-files.ts';
import { firstScript } from './first-script.ts';
import { scriptBudget } from './script-budget.ts';

/** The documents that are built, each with the scripts that it names. */
const pages = ['index.html', 'dash.html'];

// Where `npm run dev` finds a cluster: `task run-cluster` listens here.
const cluster = 'http://localhost:5009';

// Everything that is a node's to answer. What is left are the pages: /ui/{room},
// and the dashboard, which is at /dash.html here.
const ofTheNode = ['/socket.io', '/api', '/users'];

export default defineConfig({
  plugins: [svelte(), firstScript('src/shared/first.js'), clientFiles(), scriptBudget(120_000)],
  build: {
    target: 'es2022',
    // What has light-dark().
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The Content-Security-Policy allows nothing but files of our own origin:
    // no data: images, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages },
  },
  server: {
    proxy: Object.fromEntries(ofTheNode.map((path) => [path, { target: cluster, ws: true }])),
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
