import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The documents that are built, each with the scripts that it names. */
const pages = ['index.html', 'dash.html'];

// Where `npm run dev` finds a cluster: `task run-cluster` listens here.
const cluster = 'http://localhost:5009';

// Everything that is a node's to answer. What is left are the pages: /ui/{room},
// and the dashboard, which is at /dash.html here.
const ofTheNode = ['/socket.io', '/api', '/users'];

export default defineConfig({
  plugins: [svelte(), first('src/first.js')],
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

/**
 * Puts a classic script at the top of every page, where it runs before anything is
 * drawn. Vite bundles modules only, so it is copied as it is, under a name that
 * changes with its content like those of all assets.
 */
function first(file: string): Plugin {
  let building = false;
  return {
    name: 'rollcall-first',
    configResolved({ command }) {
      building = command === 'build';
    },
    buildStart() {
      if (!building) return;
      this.emitFile({ type: 'asset', name: 'first.js', source: readFileSync(file) });
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const built = Object.values(bundle ?? {}).find((asset) => asset.type === 'asset' && asset.names.includes('first.js'));
        const src = `/${built?.fileName ?? file}`;
        return { html, tags: [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }] };
      },
    },
  };
}
