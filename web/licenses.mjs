// Writes the licences of the packages that are built into the pages, for whoever has the pages but no node.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const PACKAGES = ["svelte"]; // the compiled components are its work; what they call is src/svelte
const here = fileURLToPath(new URL(".", import.meta.url));
const target = fileURLToPath(new URL("../src/gatewise/support/bundles/", import.meta.url));

const texts = PACKAGES.map((name) => {
  const folder = `${here}node_modules/${name}/`;
  const { version, license } = JSON.parse(readFileSync(`${folder}package.json`, "utf8"));
  const file = readdirSync(folder).find((one) => /^licen[sc]e(\.|$)/i.test(one));
  if (file === undefined) throw new Error(`${name} ${version} has no file with its licence`);
  return `${name} ${version}, ${license}\n\n${readFileSync(folder + file, "utf8").trim()}\n`;
});
mkdirSync(target, { recursive: true });
writeFileSync(`${target}licenses.txt`, texts.join("\n\n"));
