// Slow and hostile connections by the hundred: silent ones, heads and bodies a byte at a time, half-closed
// ones, ones that read nothing of what they ask for. Others are answered meanwhile, and afterwards all of it
// is given back. HOSTILE_CONNECTIONS sets how many (600; hostile.long.js: 8000).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { request, token, tokenAnswer } from '../lib/api.js';
import { returnPort, takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';

const many = Number(process.env.HOSTILE_CONNECTIONS ?? 600);
const sanitized = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');
const SAMPLES = Number(process.env.SAMPLES ?? 150);
const HEADER_S = 2;
const IDLE_S = 3;
const SPARE = 100; // connections that others may have
// Of a sanitizer build's memory nothing can be said.
const KIB_EACH = 24; // a parked message, and what the system did not take of an answer
const PER_ADDRESS = 500;

// Connections are what they are whatever the database is.
const skip = process.env.SIGNET_TEST_DB === 'postgres';
let server, health;
before(async () => {
  if (skip) return;
  health = await takePort();
  server = await startServer({
    env: {
      SIGNET_MAX_CONNECTIONS: many + SPARE,
      SIGNET_MAX_CONNECTIONS_PER_ADDRESS: PER_ADDRESS,
      SIGNET_HEADER_TIMEOUT: HEADER_S,
      SIGNET_IDLE_TIMEOUT: IDLE_S,
      SIGNET_OPERATIONS_PORT: health,
    },
  });
});
after(async () => {
  await server?.stop();
  returnPort(health);
});

const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
const gauge = async (name) => {
  const { text } = await request(`http://127.0.0.1:${health}/metrics`);
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)[1]);
};

const HEAD = 'POST /oidc/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n';
const ASKED = `GET /oidc/jwks HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(400);
// How each begins, and what it sends from time to time.
const KINDS = {
  silent: {},
  head: { first: HEAD + 'X-Slow: ', drip: 'a' },
  body: { first: `${HEAD}Content-Length: 60000\r\n\r\n`, drip: 'a' },
  half: { first: HEAD, end: true },
  deaf: { first: ASKED, deaf: true },
};

class Attacker {
  // The place tells which address it comes from: each has as many as it may.
  constructor(kind, place = 0) {
    const localAddress = `127.0.0.${2 + Math.floor(place / PER_ADDRESS)}`;
    Object.assign(this, { kind, localAddress, got: '' }, KINDS[kind]);
    this.closed = new Promise((resolve) => (this.#settle = resolve));
  }
  #settle;

  open() {
    return new Promise((resolve) => {
      const socket = net.connect({ port: server.port, host: '127.0.0.1', localAddress: this.localAddress, allowHalfOpen: true });
      this.socket = socket;
      socket.setEncoding('latin1');
      socket.on('error', () => {});
      socket.on('close', () => (resolve(), this.#settle()));
      socket.on('end', () => socket.end());
      if (this.deaf) socket.pause();
      else socket.on('data', (text) => (this.got += text.slice(0, 100)));
      socket.on('connect', () => {
        if (this.first) socket.write(this.first);
        if (this.end) socket.end();
        if (this.drip) this.timer = setInterval(() => socket.writable && socket.write(this.drip), 1000);
        resolve();
      });
    });
  }

  close() {
    clearInterval(this.timer);
    this.socket.destroy();
    return this.closed;
  }
}

// Latencies of tokens one after the other, ms, sorted; none may be refused.
async function latencies() {
  const times = [];
  for (let i = 0; i < SAMPLES; i++) {
    const began = performance.now();
    const { status, text } = await tokenAnswer(server);
    assert.equal(status, 200, text);
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b);
}
const at = (times, part) => times[Math.floor(times.length * part)];

async function openAll() {
  const kinds = Object.keys(KINDS);
  const attackers = Array.from({ length: many }, (_, i) => new Attacker(kinds[i % kinds.length], i));
  for (let i = 0; i < many; i += 100) await Promise.all(attackers.slice(i, i + 100).map((each) => each.open()));
  return attackers;
}

test('others are answered while they are there, and all is given back', { skip, timeout: 120_000 }, async (t) => {
  await token(server);
  const [before, memory] = [await latencies(), rss()];
  const began = performance.now();
  const attackers = await openAll();
  const during = await latencies();
  const peak = rss();
  for (const [name, times] of [['before', before], ['during', during]]) {
    t.diagnostic(`${name}: p50 ${at(times, 0.5).toFixed(1)}, p99 ${at(times, 0.99).toFixed(1)}, longest ${times.at(-1).toFixed(1)} ms`);
  }
  t.diagnostic(`memory: ${memory} KiB, ${peak} with ${many} connections`);
  if (!sanitized) assert.ok(peak - memory < many * KIB_EACH, `${peak - memory} KiB for ${many} connections`);

  // They end by themselves: those who send or wait too slowly are told so.
  const ends = attackers.filter(({ deaf }) => !deaf);
  await Promise.all(ends.map(({ closed }) => closed));
  t.diagnostic(`all but the deaf ones are closed after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  const told = ends.filter(({ got }) => got).map(({ got }) => got);
  assert.ok(told.length > 0); // who goes on sending may lose the answer with the connection
  for (const got of told) assert.match(got, /^HTTP\/1.1 408 /);
  await Promise.all(attackers.map((each) => each.close()));
  while ((await gauge('signet_connections')) > SPARE) await new Promise((resolve) => setTimeout(resolve, 20));
  await latencies();
  t.diagnostic(`memory afterwards: ${rss()} KiB`);
});

test('an address has its connections and no more; another one is not touched', { skip }, async () => {
  const attackers = Array.from({ length: PER_ADDRESS + 50 }, () => new Attacker('silent'));
  const refused = await gauge('signet_connections_refused_total');
  for (let i = 0; i < attackers.length; i += 100) await Promise.all(attackers.slice(i, i + 100).map((each) => each.open()));
  await Promise.race(attackers.map(({ closed }) => closed)); // of the first that were too many
  await latencies();
  assert.ok((await gauge('signet_connections_refused_total')) - refused >= 50);
  assert.ok((await gauge('signet_connections')) <= many + SPARE);
  await Promise.all(attackers.map((each) => each.close()));
  await token(server);
});
