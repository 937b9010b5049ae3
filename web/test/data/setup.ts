// Has Python make the numbers that the tests compare with, where they are older than what they are made by.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const changed = (file: string): number => statSync(file).mtimeMs;

function newest(folder: string): number {
  const below = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(...below.filter((name) => name.endsWith(".py")).map((name) => changed(`${folder}/${name}`)));
}

/** Runs make.py with the project's Python, or with that of the variable PYTHON. */
export default function setup(): void {
  const source = path("../../../src/gatewise");
  const made = path("./models.json");
  const sources = ["teach/explore", "cells", "expression", "engine"].map((name) => newest(`${source}/${name}`));
  if (existsSync(made) && changed(made) > Math.max(newest(path(".")), ...sources)) return;
  const own = path("../../../.venv/bin/python");
  const python = process.env.PYTHON ?? (existsSync(own) ? own : "python3");
  execFileSync(python, [path("./make.py")], { stdio: "inherit" });
}
