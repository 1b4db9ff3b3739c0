// graphile-worker behind the few routes that bench/run asks of a queue library (bench/README.md, "Peers").
// The database is that of the PG* variables. Prints its port; ends by SIGTERM.
import { EventEmitter } from "node:events";
import http from "node:http";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

// What its manual gives, under "Library usage" and under "Performance".
const LATENCY = { concurrency: 5, pollInterval: 1000 };
const THROUGHPUT = {
  preset: {
    worker: { concurrentJobs: 24, maxPoolSize: 25, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 },
  },
};

const pool = new pg.Pool({ max: 25 });
pool.on("error", console.error);
pool.on("connect", (client) => client.on("error", console.error));
const logger = new Logger(() => (level, message) => level === "error" && console.error(message));
const events = new EventEmitter().setMaxListeners(0);
const utils = await makeWorkerUtils({ pgPool: pool, logger });
await utils.migrate();
let runner = null;

async function start(settings) {
  runner = await run({ pgPool: pool, logger, events, taskList: { noop: async () => {} }, noHandleSignals: true, ...settings });
}

async function stop() {
  await runner?.stop();
  runner = null;
}

// Its events come before the row is gone, so the table is asked: a run has ended when that is durable.
async function untilGone(condition, values) {
  const query = { name: condition, text: `SELECT FROM graphile_worker._private_jobs WHERE ${condition} LIMIT 1`, values };
  while ((await pool.query(query)).rowCount > 0);
}

const routes = {
  "/start": async () => (await start(LATENCY), {}),
  "/stop": async () => (await stop(), {}),
  "/forget": async () => (await pool.query("TRUNCATE graphile_worker._private_jobs"), {}),
  "/enqueue": async () => ({ run_id: (await utils.addJob("noop", { text: "hello" })).id }),
  "/run": async () => {
    const job = await utils.addJob("noop", { text: "hello" });
    await untilGone("id = $1", [job.id]);
    return { run_id: job.id };
  },
  "/fill": async (query) => {
    const job = { identifier: "noop", payload: { text: "hello" } };
    await utils.addJobs(Array(Number(query.get("count"))).fill(job));
    return {};
  },
  "/drain": async (query) => {
    let left = Number(query.get("count"));
    const done = new Promise((resolve) => events.on("job:complete", () => --left === 0 && resolve()));
    const began = performance.now();
    await start(THROUGHPUT);
    await done;
    await untilGone("true", []);
    const seconds = (performance.now() - began) / 1000;
    events.removeAllListeners("job:complete");
    await stop();
    return { seconds };
  },
};

async function answer(request) {
  const url = new URL(request.url, "http://localhost");
  try {
    return [200, await routes[url.pathname](url.searchParams)];
  } catch (error) {
    return [500, { error: String(error) }];
  }
}

const server = http.createServer(async (request, response) => {
  request.resume();
  const [status, object] = await answer(request);
  const body = JSON.stringify(object);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.on("SIGTERM", () => stop().finally(() => process.exit(0)));
