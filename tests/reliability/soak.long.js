// Memory over many tokens: what the server holds is the same after the last one as after the first.
// TOKENS sets how many (200000).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { basic } from '../lib/api.js';
import { startServer } from '../lib/server.js';

const tokens = Number(process.env.TOKENS ?? 200_000);
const sanitized = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');
const SOCKETS = 16;
const DEPTH = 8; // requests under way on each
const MARKS = 10;
const GROWTH = 0.02; // between the first tenth and the last

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const memory = () => Number(/Pss:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/smaps_rollup`, 'utf8'))[1]);
const files = () => fs.readdirSync(`/proc/${server.pid}/fd`).length;
const threads = () => fs.readdirSync(`/proc/${server.pid}/task`).length;

test(`${tokens} tokens`, { timeout: 3_600_000 }, async (t) => {
  const { client } = server;
  const body = `grant_type=client_credentials&resource=${encodeURIComponent(client.resource)}&scope=all`;
  const head = `POST /oidc/token HTTP/1.1\r\nHost: localhost:${server.port}\r\nAuthorization: ${basic(client.id, client.secret)}`;
  const bytes = `${head}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const marks = [];
  let [asked, answered] = [0, 0];
  const began = performance.now();
  const note = () => {
    marks.push({ answered, memory: memory(), files: files(), threads: threads() });
    const rate = answered / ((performance.now() - began) / 1000);
    t.diagnostic(`${answered} tokens, ${rate.toFixed(0)} a second: ${Object.entries(marks.at(-1)).slice(1).map(([name, n]) => `${name} ${n}`).join(', ')}`);
  };
  const STATUS = Buffer.from('HTTP/1.1 ');
  const run = () =>
    new Promise((resolve, reject) => {
      const socket = net.connect(server.port, '127.0.0.1');
      let [open, tail] = [0, Buffer.alloc(0)];
      const send = (count) => {
        const more = Math.min(count, tokens - asked);
        asked += more;
        open += more;
        if (more) socket.write(bytes.repeat(more));
        else if (!open) socket.end();
      };
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.on('connect', () => send(DEPTH));
      socket.on('data', (chunk) => {
        const all = Buffer.concat([tail, chunk]);
        let [at, done] = [0, 0];
        for (let found; (found = all.indexOf(STATUS, at)) >= 0 && found + 12 <= all.length; done++) {
          if (all.toString('latin1', found + 9, found + 12) !== '200') reject(new Error(all.toString('latin1', found, found + 200)));
          at = found + 12;
        }
        tail = all.subarray(Math.max(at, all.length - 12));
        for (let i = 0; i < done; i++) if ((answered += 1) % Math.ceil(tokens / MARKS) === 0) note();
        open -= done;
        send(done);
      });
    });
  await Promise.all(Array.from({ length: SOCKETS }, run));
  assert.equal(answered, tokens);
  const [first, last] = [marks[0], marks.at(-1)];
  for (const what of ['files', 'threads']) assert.ok(last[what] <= first[what], what);
  if (!sanitized) assert.ok(last.memory <= first.memory * (1 + GROWTH), `${first.memory} KiB after the first tenth, ${last.memory} at the end`);
});
