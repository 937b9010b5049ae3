// Leaves out of Svelte's runtime what these pages never use. They are mounted, never hydrated, and use neither async
// components nor Svelte 4: the flags that guard such code are set by nobody, but rolldown does not see that by itself.
// Nor is there deep state: objects are $state.raw, and $state of one is an error.
import type { Plugin } from "vite";

const RUNTIME = /(?:svelte\/src\/internal|node_modules)\/(client\/.*|flags\/index|clsx\/dist\/clsx)\.m?js$/;
const NOTHING = "/* @__NO_SIDE_EFFECTS__ */ function";

/** Functions keep their names and do nothing; variables are false from beginning to end. */
const emptied = (code: string): string =>
  [...code.matchAll(/^export (function|let) (\w+)/gm)]
    .map(([, kind, name]) => (kind === "let" ? `export const ${name} = false;` : `export ${NOTHING} ${name}() {}`))
    .join("\n");

const SHALLOW = `
export const is = Object.is;
export const get_proxied_value = (value) => value;
export function proxy(value) {
  if (Array.isArray(value) || value?.constructor === Object) throw new Error("state that is an object is $state.raw");
  return value;
}`;

const NO_CLSX = `
export function clsx() {
  throw new Error("an element's classes are text here, or class: directives");
}
export default clsx;`;

/** Without anything to wait for, what stands behind this return is never reached. */
const ALL_THERE = /if \(async\.length === 0 && pending\.length === 0\) \{\s*fn\(deriveds\);\s*return;\s*\}/;

function withoutWaiting(code: string): string {
  if (!ALL_THERE.test(code)) throw new Error("Svelte's async.js is another one: see what flatten does there");
  return code.replace(ALL_THERE, "return void fn(deriveds);");
}

const SLIMMED: Record<string, (code: string) => string> = {
  "flags/index": emptied,
  "client/dom/hydration": emptied,
  "client/proxy": () => SHALLOW,
  "clsx/dist/clsx": () => NO_CLSX,
  "client/reactivity/async": withoutWaiting,
};

/** The plugin, for build.js and the tests. */
export const slim: Plugin = {
  name: "svelte-slim",
  enforce: "pre",
  transform(code, id) {
    const change = SLIMMED[RUNTIME.exec(id)?.[1] ?? ""];
    return change ? { code: change(code), map: null } : null;
  },
};

const taken = new Map<string, string>();

/** The class that marks a component's own elements: short, as it stands at each of them; of two alike, an error. */
export function shortClass({ hash, css }: { hash: (text: string) => string; css: string }): string {
  const name = `s${hash(css).slice(0, 3)}`;
  if ((taken.get(name) ?? css) !== css)
    throw new Error(`two components' styles have the class ${name}: take a digit more`);
  taken.set(name, css);
  return name;
}
