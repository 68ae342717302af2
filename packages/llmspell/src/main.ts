#!/usr/bin/env node
import * as nodeModule from "node:module";

// As a namespace, so that an older Node gets as far as being told so.
if (nodeModule.enableCompileCache === undefined) {
  process.stderr.write(`llmspell needs Node.js 22.18 or 24 and newer; this is ${process.version}.\n`);
  process.exit(1);
}

// Compiled code is kept between runs (in the system's temporary directory, unless NODE_COMPILE_CACHE names another),
// which takes a good part off every start. Only what is imported after this call profits, so the rest comes after it.
nodeModule.enableCompileCache();
const { runCommandLine } = await import("./command-line.ts");

// A reader that has seen enough (`llmspell list | head`) is no failure: what would be written is dropped, and the
// command goes on to its own end and exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), process);
