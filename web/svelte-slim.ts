// Puts src/svelte in the place of Svelte's runtime in what is built, leaves out of compiled components what that one
// does without, and gives short names to components' styles.
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

const source = fileURLToPath(new URL("src/", import.meta.url));
const runtime = join(source, "svelte/index.ts");

/** The plugin, for the build alone: the tests compile components for node, with Svelte's own runtime. */
export const slim: Plugin = {
  name: "svelte-slim",
  enforce: "pre",
  apply: "build",
  resolveId: (id) => (/^svelte($|\/internal\/)/.test(id) ? runtime : null),
};

/** What Svelte writes for elements from a server, for slots and for older markup, and what it is without that. */
const SHORTER: [RegExp, string][] = [
  [/(\$\.(?:only_child|first_child|child|sibling)\((?:[^()]|\([^()]*\))*), true\)/g, "$1)"],
  [/\b\w+ = \$\.set_class\((.*), \w+, \{$/gm, "$.set_class($1, {"],
  [/\b\w+ = \$\.set_class\((.*), \w+, (\{.*\})\)/g, "$.set_class($1, $2)"],
  [/\$\.set_class\((\w+), \d, /g, "$.set_class($1, "],
  [/,?\s*\$\$slots: \{ default: true \}/g, ""],
  [/^\$\.delegate\([^]*?\);$/gm, ""],
];

/** What an {#if} chooses, as an expression: (this) ? first : (that) && second. */
const choice = (_: string, chain: string): string =>
  `() => ${chain}`
    .replace(/\) \$\$render\((\w+)(?:, -?\d+)?\);/g, ") ? $1 :")
    .replace(/ \$\$render\((\w+)(?:, -?\d+)?\);/, " $1")
    .replace(/:\s*else (?:if )?/g, ": ")
    .replace(/=>\s*if /, "=> ")
    .replace(/\? (\w+) :$/, "&& $1");

/** A template as short as HTML lets it be: no quotation marks around a word, and at its end everything ends. */
const terse = (template: string): string =>
  template
    .replace(/<\w[^>]*>/g, (tag) => tag.replace(/=""(?=[ >])/g, "").replace(/="([\w-]+)"(?=[ >])/g, "=$1"))
    .replace(/^(\$\.from_html.*?)(<\/\w+>)+`$/s, "$1`");

/** The plugin that shortens what Svelte made of a component. */
export const shorter: Plugin = {
  name: "svelte-shorter",
  enforce: "post",
  apply: "build",
  transform(code, id) {
    if (!id.endsWith(".svelte")) return null;
    let short = code.replace(/\$\.from_(?:html|svg)\(`[^`]*`/g, terse);
    short = short.replace(/\(\$\$render\) => \{([^]*?\$\$render\(\w+(?:, -?\d+)?\);)\s*\}(?:, true)?(?=\))/g, choice);
    for (const [long, other] of SHORTER) short = short.replace(long, other);
    // The effects of a component wait for its end: without any there is none to wait for.
    if (!short.includes("$.user_effect(")) short = short.replace(/^\s*\$\.(push|pop)\(.*\);$/gm, "");
    if (/\$\$(render|slots)/.test(short)) throw new Error(`${id}: Svelte writes components in another way than before`);
    return { code: short, map: null };
  },
};

const components = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".svelte"))
  .sort();

/** The class that marks a component's own elements, by its number among all: short, and no class that anybody wrote. */
export function shortClass({ filename }: { filename: string }): string {
  return `_${components.indexOf(relative(source, resolve(filename))).toString(36)}`;
}
