// Bundles src/ into the folder named on the command line: hashed names, and manifest.json from plain name to hashed.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const outdir = process.argv[2] ?? "../mailer/web/static";

const { metafile } = await build({
  entryPoints: [
    "src/app.ts",
    "src/live.ts",
    "src/reader.ts",
    "src/proof.ts",
    "src/composer/composer.ts",
    "src/style.css",
    "src/app.css",
    "src/issue.css",
    "src/icon.svg",
  ],
  loader: { ".svg": "copy" },
  outdir,
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome110", "firefox115", "safari16"],
  metafile: true,
  legalComments: "eof",
  logLevel: "warning",
});

const manifest = {};
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) {
    const name = path.basename(entryPoint).replace(/\.ts$/, ".js");
    manifest[name] = path.basename(file);
  }
}
await writeFile(path.join(outdir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
