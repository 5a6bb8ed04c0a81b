import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// Where `npm run dev` finds a cluster: `task run-cluster` listens here.
const cluster = 'http://localhost:5009';

// Everything that is a node's to answer. What is left are the pages: /ui/{room},
// and the dashboard, which is at /dash.html here.
const ofTheNode = ['/socket.io', '/api', '/users'];

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    // The Content-Security-Policy allows nothing but files of our own origin:
    // no data: images, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ['index.html', 'dash.html'] },
  },
  server: {
    proxy: Object.fromEntries(ofTheNode.map((path) => [path, { target: cluster, ws: true }])),
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
