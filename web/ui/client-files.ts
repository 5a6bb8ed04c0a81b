import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * What the official server offers to pages that have no build of their own, as
 * /socket.io/…. The names are also those that the node knows (web/clientfiles.go).
 */
const names = ['socket.io.js', 'socket.io.min.js', 'socket.io.esm.min.js', 'socket.io.msgpack.min.js'];

/**
 * Puts the official client into client/, as it is published and under its own names,
 * together with its version: the same client that the pages have in their bundle.
 */
export function clientFiles(): Plugin {
  const folder = 'node_modules/socket.io-client';
  return {
    name: 'rollcall-client-files',
    apply: 'build',
    generateBundle() {
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
      this.emitFile({ type: 'asset', fileName: 'client/version', source: version });
      for (const name of names.flatMap((one) => [one, `${one}.map`])) {
        this.emitFile({ type: 'asset', fileName: `client/${name}`, source: readFileSync(join(folder, 'dist', name)) });
      }
    },
  };
}
