// Killed under load, at any time and at chosen calls to the system: nothing that was acknowledged may be
// missing, nothing there by half, nothing spent twice. KILL_CYCLES sets how often (4; kill.long.js: 200).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Changes, Codes, Creations, Refreshes, Tokens } from '../lib/acknowledged.js';
import { admin } from '../lib/fixtures.js';
import { Preload } from '../lib/preload.js';
import { startServer } from '../lib/server.js';

const cycles = Number(process.env.KILL_CYCLES ?? 4);
// Of a processor until it is ready: the clock on the wall tells of the machine's other work as well.
// Sanitizers make the process itself start slowly; the promise is about the release build.
const RESTART_MS = 1000;
const sanitized = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');
const CLIENTS = [Creations, Creations, Creations, Changes, Changes, Tokens, Tokens, Tokens, Tokens, Refreshes, Refreshes, Codes, Codes];
// The numbers of tests/preload/crash.c.
const KINDS = { sync: 1, write: 2, send: 3 };
const HOWS = { before: 0, after: 1, half: 2 };

let server, crash;
before(async () => {
  crash = new Preload('crash', 0, 0, 0);
  server = await startServer();
  await server.restart(crash.env);
});
after(async () => {
  await server.stop();
  crash.remove();
});

const random = (n) => Math.floor(Math.random() * n);
const pick = (table) => Object.entries(table)[random(Object.keys(table).length)];

// Steps until the connection breaks; `done` hears of each.
async function work(client, done) {
  try {
    for (;;) {
      await client.step(server);
      done();
    }
  } catch (error) {
    assert.match(String(error.code ?? error.cause?.code ?? error), /ECONN|EPIPE|socket hang up|UND_ERR|HPE_/);
  }
}

// Until so many steps are done, or the server ended by itself.
async function workAll(clients, target) {
  let left = target;
  let enough;
  const reached = new Promise((resolve) => (enough = resolve));
  const all = Promise.all(clients.map((client) => work(client, () => (left -= 1) <= 0 && enough())));
  await Promise.race([reached, all]);
  await server.kill();
  await all;
}

// Ticks of ten milliseconds, in its own program and in the system.
function processorMs(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

// Ready again, after a start that may be killed as well; the milliseconds that the last start took.
async function comeBack(inTheStart) {
  if (inTheStart) {
    crash.set(KINDS[pick(KINDS)[0]], 1 + random(12), HOWS.before);
    await server.restart().then(() => server.kill(), (error) => assert.match(error.message, /exit 137/));
  }
  crash.set(0, 0, 0);
  const from = performance.now();
  await server.restart();
  server.adminToken = undefined;
  const took = performance.now() - from;
  const busy = processorMs(server.pid);
  if (!sanitized) assert.ok(busy <= RESTART_MS, `a start took ${busy} ms of a processor`);
  return took;
}

test(`${cycles} kills under load`, { timeout: 6 * 3_600_000 }, async () => {
  const clients = CLIENTS.map((Kind) => new Kind());
  const total = {};
  const starts = [];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    await admin(server);
    for (const client of clients) await client.begin(server);
    const [kind, number] = pick(KINDS);
    const [how, way] = pick(HOWS);
    if (cycle % 2) crash.set(number, 1 + random(300), way);
    await workAll(clients, 20 + random(200));
    starts.push(await comeBack(cycle % 4 === 3));
    for (const client of clients) {
      const count = await client.check(server, clients);
      total[client.constructor.name] = (total[client.constructor.name] ?? 0) + count;
    }
    if (cycle % 100 === 99) console.log(`${cycle + 1} kills, the last ${cycle % 2 ? `${how} a ${kind}` : 'at any time'}`);
  }
  starts.sort((a, b) => a - b);
  const middle = Math.round(starts[starts.length >> 1]);
  console.log(`acknowledged and found again: ${JSON.stringify(total)}; ready again after ${middle} ms in the middle, ${Math.round(starts.at(-1))} ms at most`);
});
