// Webhooks over a bad receiver and a server that is killed: every change that was committed is told at
// least once, with one id; one that was not is never told.
// KILLS and EVENTS set how much (20 and 2,000).
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const EVENTS = Number(process.env.EVENTS ?? 2000);
const KILLS = Number(process.env.KILLS ?? 20);
const CLIENTS = 8;
const PATIENCE_MS = 20 * 60_000;

// What becomes of the first attempts at each delivery, in turn; later ones are taken.
const TROUBLES = ['fail', 'hang', 'redirect', 'die', 'take', 'take', 'take', 'take', 'take', 'take', 'take', 'take'];

class Receiver {
  taken = new Map(); // delivery id -> the bodies that were answered 2xx
  attempts = new Map();
  seen = { fail: 0, hang: 0, redirect: 0, die: 0, take: 0, followed: 0 };
  hanging = new Set();
  events = new EventEmitter(); // 'taken'

  async listen() {
    this.server = http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => this.answer(request, response, Buffer.concat(chunks).toString()));
      request.on('error', () => {});
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    return this;
  }

  answer(request, response, text) {
    if (request.url !== '/hook') {
      this.seen.followed += 1;
      response.end();
      return;
    }
    const id = request.headers[ID_HEADER];
    assert.ok(id, JSON.stringify(request.headers));
    const attempt = (this.attempts.get(id) ?? 0) + 1;
    this.attempts.set(id, attempt);
    const what = attempt === 1 ? TROUBLES[this.attempts.size % TROUBLES.length] : 'take';
    this.seen[what] += 1;
    if (what === 'fail') response.writeHead(500).end('no');
    else if (what === 'redirect') response.writeHead(302, { location: `http://127.0.0.1:${this.port}/elsewhere` }).end();
    else if (what === 'die') request.socket.destroy();
    else if (what === 'hang') this.hanging.add(response);
    else {
      this.taken.set(id, [...(this.taken.get(id) ?? []), text]);
      response.end('ok');
      this.events.emit('taken');
    }
  }

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

const ID_HEADER = 'webhook-id';
let server;
let receiver;
before(async () => {
  receiver = await new Receiver().listen();
  server = await startServer({ env: { SIGNET_HOOK_PRIVATE_ADDRESSES: 'true' } });
});
after(async () => {
  await server.stop();
  await receiver.close();
});

/** Changes until told to stop: made ones are acknowledged; a refused one and a rehearsed one are not changes. */
async function work(state) {
  while (state.made.size + state.unsure.size < state.target) {
    const name = `event ${(state.next += 1)}`;
    const options = { token: state.token, body: { name } };
    try {
      if (state.next % 10 === 0) {
        const rolledBack = await api(server, 'POST', '/api/batch', { ...options, body: { operations: [{ method: 'POST', path: '/api/users', body: { name: `never ${name}` } }, { method: 'DELETE', path: '/api/users/none' }] } });
        assert.equal(rolledBack.status, 404, rolledBack.text);
        const rehearsed = await api(server, 'POST', '/api/users?dryRun=1', { ...options, body: { name: `never ${name}` } });
        assert.equal(rehearsed.status, 200, rehearsed.text);
      }
      state.unsure.add(name);
      const answer = await api(server, 'POST', '/api/users', options);
      assert.equal(answer.status, 200, answer.text);
      state.unsure.delete(name);
      state.made.add(name);
    } catch (error) {
      assert.match(String(error.code ?? error.cause?.code ?? error), /ECONN|EPIPE|socket hang up/);
      return;
    }
  }
}

const namesTaken = () => {
  const names = new Map(); // user name -> ids of its deliveries
  for (const [id, bodies] of receiver.taken) {
    for (const text of bodies) {
      const { name } = JSON.parse(text).data;
      names.set(name, (names.get(name) ?? new Set()).add(id));
    }
  }
  return names;
};

test(`${EVENTS} events, a bad receiver and ${KILLS} kills`, { timeout: PATIENCE_MS + 600_000 }, async () => {
  const created = await api(server, 'POST', '/api/hooks', { token: await admin(server), body: { name: 'h', events: ['User.Created'], config: { url: `http://127.0.0.1:${receiver.port}/hook` } } });
  assert.equal(created.status, 201, created.text);
  const state = { next: 0, made: new Set(), unsure: new Set(), target: 0, token: await admin(server) };
  for (let kill = 1; kill <= KILLS + 1; kill += 1) {
    state.target = Math.floor((EVENTS * kill) / (KILLS + 1));
    const extra = kill <= KILLS ? 50 : 0; // so that there is work under way when it ends
    const goal = state.target;
    state.target += extra;
    const workers = Array.from({ length: CLIENTS }, () => work(state));
    if (extra) {
      const ended = Promise.all(workers).then(() => (state.target = 0));
      const reached = async () => { while (state.target && state.made.size + state.unsure.size < goal) await new Promise(setImmediate); };
      await Promise.race([reached(), ended]);
      await server.kill();
    }
    await Promise.all(workers);
    if (extra) await server.restart();
  }
  const deadline = Date.now() + PATIENCE_MS;
  const missing = () => { const names = namesTaken(); return [...state.made].filter((name) => !names.has(name)); };
  while (missing().length && Date.now() < deadline) await once(receiver.events, 'taken', { signal: AbortSignal.timeout(PATIENCE_MS) });
  assert.deepEqual(missing(), []);
  const names = namesTaken();
  for (const [name, ids] of names) {
    assert.ok(state.made.has(name) || state.unsure.has(name), `${name} was never made`);
    assert.equal(ids.size, 1, `${name} came under ${ids.size} ids`);
  }
  for (const bodies of receiver.taken.values()) assert.equal(new Set(bodies).size, 1, 'the same event again has the same text');
  assert.equal(receiver.seen.followed, 0, 'a redirect was followed');
  for (const [kind, count] of Object.entries(receiver.seen)) assert.ok(kind === 'followed' || count > 0, kind);
  console.log(`${state.made.size} acknowledged, ${state.unsure.size} unsure, ${[...receiver.taken.values()].flat().length} taken, ${JSON.stringify(receiver.seen)}`);
});
