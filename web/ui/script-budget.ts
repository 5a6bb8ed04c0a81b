import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** Fails the build if the scripts of a page, all that it may load, are more than so many bytes gzip'd. */
export function scriptBudget(bytes: number): Plugin {
  return {
    name: 'rollcall-script-budget',
    apply: 'build',
    writeBundle(_, bundle) {
      for (const entry of Object.values(bundle)) {
        if (entry.type !== 'chunk' || !entry.isEntry) continue;
        const loaded = new Set([entry.fileName]);
        let sum = 0;
        for (const file of loaded) {
          const chunk = bundle[file];
          if (chunk?.type !== 'chunk') continue;
          sum += gzipSync(chunk.code).length;
          for (const further of [...chunk.imports, ...chunk.dynamicImports]) loaded.add(further);
        }
        const words = `${entry.name}: ${(sum / 1000).toFixed(1)} kB of script gzip'd, of ${bytes / 1000} kB`;
        if (sum > bytes) this.error(`too much script in ${words}`);
        else this.info(words);
      }
    },
  };
}
