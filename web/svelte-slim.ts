// Leaves out of Svelte's runtime what these pages never use. They are mounted, never hydrated, and use neither async
// components nor Svelte 4: the flags that guard such code are set by nobody, but rolldown does not see that by itself.
import type { Plugin } from "vite";

const LEFT_OUT = /svelte\/src\/internal\/(flags\/index|client\/dom\/hydration)\.js$/;
const NOTHING = "/* @__NO_SIDE_EFFECTS__ */ function";

/** Functions keep their names and do nothing; variables are false from beginning to end. */
const emptied = (code: string): string =>
  [...code.matchAll(/^export (function|let) (\w+)/gm)]
    .map(([, kind, name]) => (kind === "let" ? `export const ${name} = false;` : `export ${NOTHING} ${name}() {}`))
    .join("\n");

/** The plugin, for build.js and the tests. */
export const slim: Plugin = {
  name: "svelte-slim",
  enforce: "pre",
  transform: (code, id) => (LEFT_OUT.test(id) ? { code: emptied(code), map: null } : null),
};

const taken = new Map<string, string>();

/** The class that marks a component's own elements: short, as it stands at each of them; of two alike, an error. */
export function shortClass({ hash, css }: { hash: (text: string) => string; css: string }): string {
  const name = `s${hash(css).slice(0, 3)}`;
  if ((taken.get(name) ?? css) !== css) throw new Error(`two components' styles have the class ${name}: take a digit more`);
  taken.set(name, css);
  return name;
}
