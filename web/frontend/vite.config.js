import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { defineConfig } from "vite";

const require = createRequire(import.meta.url);

/** Copies the icons named in src/icons.json to dist/icons, where the templates inline them. */
function icons() {
  return {
    name: "cheliu-icons",
    generateBundle() {
      const names = JSON.parse(readFileSync(new URL("src/icons.json", import.meta.url), "utf8"));
      for (const name of names) {
        const file = require.resolve(`@tabler/icons/outline/${name}.svg`);
        this.emitFile({ type: "asset", fileName: `icons/${name}.svg`, source: readFileSync(file) });
      }
    },
  };
}

// The pages find an entry in dist/.vite/manifest.json under its source name ("src/base.js"):
// `file` is the script, `css` its style sheets, `imports` the chunks to preload, all relative to dist.
// A relative base keeps the assets free of the address they are served at.
export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [icons()],
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    manifest: true,
    // The licences of what is bundled, as dist/.vite/license.md.
    license: true,
    // The Content-Security-Policy allows scripts of our own origin only, so no inlined preload code.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      // htmx keeps an eval that base.js switches off.
      checks: { eval: false },
      input: {
        base: "src/base.js",
        form: "src/form.js",
        diagram: "src/diagram.js",
      },
    },
  },
});
