// How Svelte components are compiled, for the build (build.js) and for the tests.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { shortClass, shorter, slim } from "./svelte-slim.ts";

export default defineConfig({
  plugins: [
    slim,
    svelte({
      configFile: false,
      // Names of classes by their rules, not by a path: the same bundle comes out of every checkout.
      compilerOptions: { runes: true, cssHash: shortClass },
    }),
    shorter,
  ],
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/data/setup.ts"],
    environment: "node",
    testTimeout: 20_000,
  },
});
