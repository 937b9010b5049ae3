// Has Python make one more file of numbers that a test compares with, where it is older than what it is made by.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const changed = (file: string): number => statSync(file).mtimeMs;

const own = path("../../../.venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");

function newest(folder: string): number {
  const below = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(
    ...below.filter((name) => /\.(py|jinja|js|css)$/.test(name)).map((name) => changed(`${folder}/${name}`)),
  );
}

/** What make_NAME.py writes, made again where one of the package's folders has changed since. */
export function made<T>(name: string, folders: string[]): T {
  const [script, file] = [path(`./make_${name}.py`), path(`./${name}.json`)];
  const sources = folders.map((folder) => newest(path(`../../../src/gatewise/${folder}`)));
  if (!existsSync(file) || changed(file) <= Math.max(changed(script), ...sources)) {
    execFileSync(python, [script, file], { stdio: "inherit" });
  }
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

/** What a script makes of a value on its standard input. */
export function asked<T>(script: string, value: unknown): T {
  const input = JSON.stringify(value);
  const said = execFileSync(python, [path(`./${script}.py`)], { input, maxBuffer: 100_000_000, encoding: "utf8" });
  return JSON.parse(said) as T;
}
