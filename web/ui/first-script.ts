import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/**
 * Puts a classic script at the top of every page, where it runs before anything is
 * drawn. Vite bundles modules only, so it is copied as it is, under a name that
 * changes with its content like those of all assets.
 */
export function firstScript(file: string): Plugin {
  const name = 'first.js';
  let building = false;
  return {
    name: 'rollcall-first-script',
    configResolved({ command }) {
      building = command === 'build';
    },
    buildStart() {
      if (building) this.emitFile({ type: 'asset', name, source: readFileSync(file) });
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const built = Object.values(bundle ?? {}).find((one) => one.type === 'asset' && one.names.includes(name));
        const src = `/${built?.fileName ?? file}`;
        return { html, tags: [{ tag: 'script', attrs: { src }, injectTo: 'head-prepend' }] };
      },
    },
  };
}
