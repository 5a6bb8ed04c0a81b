// Runs the public test suites of the protocols, from a checkout of socketio/socket.io,
// against the program echo: node run.mjs <folder docs of the checkout> <echo>
//
// The suites speak to port 3000; copies of them speak to the port that echo got.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const suites = ["engine.io-protocol/v4-test-suite", "socket.io-protocol/v5-test-suite"];
const here = fileURLToPath(new URL(".", import.meta.url));
const [docs, echo] = process.argv.slice(2);

for (const suite of suites) {
  await access(join(docs, suite, "test-suite.js")).catch(() => {
    console.error(`There is no ${suite} in ${docs}: SUITES must be the folder docs of a checkout of github.com/socketio/socket.io.`);
    process.exit(1);
  });
}

const server = spawn(echo, ["--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
const work = await mkdtemp(join(here, "run-")); // below node_modules' folder, for Node to find that
try {
  const address = await ready(server);
  for (const suite of suites) {
    const failures = await run(suite, address);
    if (failures !== 0) process.exitCode = 1;
  }
} finally {
  server.kill();
  await rm(work, { recursive: true });
}

// ready returns where the server listens.
async function ready(server) {
  const lines = createInterface({ input: server.stderr });
  for await (const line of lines) {
    const listening = /msg=ready listen=(\S+)/.exec(line);
    if (listening) {
      server.stderr.resume();
      return listening[1];
    }
    console.error(line);
  }
  throw new Error("echo did not start");
}

// run runs one suite in a process of its own and returns its exit code.
async function run(suite, address) {
  const folder = join(work, suite.replaceAll("/", "-"));
  await cp(join(docs, suite), folder, { recursive: true, filter: (path) => !path.includes("node_modules") });
  const file = join(folder, "test-suite.js");
  const text = await readFile(file, "utf8");
  const patched = text.replaceAll("http://localhost:3000", `http://${address}`);
  if (patched === text) throw new Error(`${suite} does not speak to http://localhost:3000 any more: see run.mjs`);
  await writeFile(file, patched);
  console.log(`${suite}, against ${address}`);
  const mocha = spawn(process.execPath, [join(here, "node_modules/mocha/bin/mocha.js"), "--fail-zero", "--forbid-pending", "--exit", file], {
    cwd: folder,
    stdio: "inherit",
  });
  const [code] = await once(mocha, "exit");
  return code;
}
