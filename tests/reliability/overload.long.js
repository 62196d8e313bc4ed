// Ten times as much is asked as can be served, whether anybody waits for the answers or not: as much is served
// as before, the rest is refused with when to come back or waits in line, and what needs nothing of what is
// short is answered as ever. OVERLOAD_SECONDS sets for how long (20).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { api, basic, request, token } from '../lib/api.js';
import { PASSWORD, createUser } from '../lib/browser.js';
import { admin } from '../lib/fixtures.js';
import { returnPort, takePort } from '../lib/ports.js';
import { startServer } from '../lib/server.js';

const seconds = Number(process.env.OVERLOAD_SECONDS ?? 20);
const sanitized = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');
const TIMES = 10;
const KEPT = 0.8; // of what a second of a processor served before: the clock tells of the machine's other work, too
const WAITING = 256; // more than those that may wait for a thread
const SOCKETS = 64;
const UNSENT_MAX = 256 * 1024; // of a socket's bytes that the server does not take
const KIB_MAX = SOCKETS * 1024 + 64 * 1024;

let server, health;
before(async () => {
  health = await takePort();
  server = await startServer({ env: { SIGNET_OPERATIONS_PORT: health } });
});
after(async () => {
  await server.stop();
  returnPort(health);
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
// Seconds of a processor that the server has had.
function processor() {
  const fields = fs.readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}
const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);

// What must be answered all the while: {stop()} gives the longest answer, ms.
function watch(ask) {
  let going = true;
  let longest = 0;
  const done = (async () => {
    while (going) {
      const began = performance.now();
      await ask();
      longest = Math.max(longest, performance.now() - began);
      await pause(50);
    }
    return longest;
  })();
  return { stop: () => ((going = false), done) };
}

const healthy = async () => assert.equal((await request(`http://127.0.0.1:${health}/healthz`)).status, 200);

// Calls start() so many times a second, whatever becomes of it.
async function offered(rate, start) {
  const began = performance.now();
  let sent = 0;
  for (let now = 0; now < seconds; now = (performance.now() - began) / 1000) {
    for (; sent < now * rate; sent++) start();
    await pause(5);
  }
  return sent;
}

test('passwords: ten times as many as can be hashed', { timeout: 120_000 }, async (t) => {
  const user = await createUser(server);
  const bearer = await admin(server);
  const verify = () => api(server, 'POST', `/api/users/${user.id}/password/verify`, { token: bearer, body: { password: PASSWORD } });
  let served = 0;
  const first = processor();
  const began = performance.now();
  const worker = async () => {
    while (performance.now() - began < (seconds * 1000) / 2) {
      assert.equal((await verify()).status, 204);
      served += 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const capacity = served / ((performance.now() - began) / 1000);
  const each = served / (processor() - first);

  const [tokens, ready] = [watch(() => token(server)), watch(healthy)];
  const [answers, refusals] = [[], []];
  let last = 0;
  const second = processor();
  const since = performance.now();
  const sent = await offered(Math.max(capacity * TIMES, WAITING / seconds), () => {
    const at = performance.now();
    answers.push(verify().then(({ status, headers, text }) => {
      if (status === 204) last = performance.now();
      else {
        assert.equal(status, 503, text);
        assert.match(headers['retry-after'], /^\d+$/);
        refusals.push(performance.now() - at);
      }
      return status;
    }));
  });
  const statuses = await Promise.all(answers);
  const good = statuses.filter((status) => status === 204).length;
  const rate = good / ((last - since) / 1000);
  const eachThen = good / (processor() - second);
  refusals.sort((a, b) => a - b);
  t.diagnostic(`capacity ${capacity.toFixed(1)} a second; of ${sent} in ${seconds} s ${good} were served, ${rate.toFixed(1)} a second`);
  t.diagnostic(`a second of a processor served ${each.toFixed(1)}, then ${eachThen.toFixed(1)}`);
  t.diagnostic(`${refusals.length} refused, after p50 ${refusals[refusals.length >> 1]?.toFixed(1)}, p99 ${refusals[Math.floor(refusals.length * 0.99)]?.toFixed(1)} ms`);
  t.diagnostic(`meanwhile the longest token took ${(await tokens.stop()).toFixed(0)} ms, the longest /healthz ${(await ready.stop()).toFixed(0)} ms`);
  assert.ok(good > 0 && refusals.length > 0, `${good} served, ${refusals.length} refused`);
  assert.ok(eachThen >= KEPT * each);
  assert.equal((await verify()).status, 204, 'it is as before');
});

// Requests for tokens written to sockets, answers counted as they come.
class Pipe {
  count = 0;

  async open() {
    const { client } = server;
    const body = `grant_type=client_credentials&resource=${encodeURIComponent(client.resource)}&scope=all`;
    const head = `POST /oidc/token HTTP/1.1\r\nHost: localhost:${server.port}\r\nAuthorization: ${basic(client.id, client.secret)}`;
    this.bytes = `${head}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    this.socket = net.connect(server.port, '127.0.0.1');
    this.socket.setEncoding('latin1');
    await new Promise((resolve) => this.socket.on('connect', resolve));
    let tail = '';
    this.socket.on('data', (text) => {
      const all = tail + text;
      const found = all.split('HTTP/1.1 ');
      tail = all.slice(-12); // a status line may be cut; what was counted is not looked at again
      if (/HTTP\/1\.1 /.test(tail)) tail = '';
      for (const each of found.slice(1)) this.#answered(each.slice(0, 3));
    });
    return this;
  }

  #answered(status) {
    assert.ok(['200', '503', ''].includes(status) || status.length < 3, status);
    this.count += 1;
    this.next?.();
  }

  send() {
    if (this.socket.writableLength < UNSENT_MAX) this.socket.write(this.bytes);
  }
}

test('tokens: ten times as many as can be signed, written without waiting', { timeout: 120_000 }, async (t) => {
  const pipes = await Promise.all(Array.from({ length: SOCKETS }, () => new Pipe().open()));
  const total = () => pipes.reduce((sum, { count }) => sum + count, 0);
  for (const pipe of pipes) {
    pipe.next = () => pipe.send();
    pipe.send();
  }
  await pause(500);
  const [first, counted, since] = [processor(), total(), performance.now()];
  await pause((seconds * 1000) / 2);
  const each = (total() - counted) / (processor() - first);
  const capacity = (total() - counted) / ((performance.now() - since) / 1000);
  for (const pipe of pipes) pipe.next = undefined;

  const ready = watch(healthy);
  const [before, second, memory, began] = [total(), processor(), rss(), performance.now()];
  let [next, peak] = [0, memory];
  const sent = await offered(capacity * TIMES, () => pipes[next++ % SOCKETS].send());
  peak = Math.max(peak, rss());
  const rate = (total() - before) / ((performance.now() - began) / 1000);
  const eachThen = (total() - before) / (processor() - second);
  t.diagnostic(`capacity ${capacity.toFixed(0)} tokens a second; of ${(sent / seconds).toFixed(0)} a second ${rate.toFixed(0)} were issued`);
  t.diagnostic(`a second of a processor issued ${each.toFixed(0)}, then ${eachThen.toFixed(0)}`);
  t.diagnostic(`memory: ${memory} KiB, ${peak} meanwhile; the longest /healthz took ${(await ready.stop()).toFixed(0)} ms`);
  assert.ok(eachThen >= KEPT * each);
  if (!sanitized) assert.ok(peak - memory < KIB_MAX, `${peak - memory} KiB more`);
  for (const { socket } of pipes) socket.destroy();
  const gone = performance.now();
  await token(server);
  t.diagnostic(`a token ${(performance.now() - gone).toFixed(0)} ms after the last of them is gone`);
});
