// kill -9 under load: no acknowledged write and no issued token's audit row may be missing.
// KILL_CYCLES sets how often (./dev test long: 200).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, decodeJwt, token } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

const cycles = Number(process.env.KILL_CYCLES ?? 6);
const clients = 24;
const RESTART_MS = 1000;
// Sanitizers make the process itself start slowly; the promise is about the release build.
const sanitized = (process.env.SIGNET_BIN ?? 'build/asan/signet').includes('san');

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

// Each client works until the connection breaks and notes what was acknowledged.
async function work(index, seen) {
  try {
    for (;;) {
      if (index % 3 === 0) {
        const name = `kill ${index}-${Math.random()}`;
        const answer = await api(server, 'POST', '/api/applications', { token: server.adminToken, body: { name, type: 'MachineToMachine' } });
        if (answer.status === 200) seen.applications.push({ id: answer.json.id, name });
      } else {
        seen.tokens.push(decodeJwt(await token(server)).claims.iat);
      }
      seen.started?.();
    }
  } catch (error) {
    assert.match(String(error.code ?? error.cause?.code ?? error), /ECONN|EPIPE|socket hang up|UND_ERR/);
  }
}

async function issuedSince(start) {
  const { headers } = await api(server, 'GET', '/api/logs', {
    token: server.adminToken,
    query: { start_time: start, logKey: 'ExchangeTokenBy.ClientCredentials', page_size: 1 },
  });
  return Number(headers['total-number']);
}

test(`${cycles} kills under load lose nothing that was acknowledged`, async () => {
  let total = { applications: 0, tokens: 0 };
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    server.adminToken = undefined;
    await admin(server);
    const start = Date.now();
    const seen = { applications: [], tokens: [] };
    const target = 20 + Math.floor(Math.random() * 200);
    const enough = new Promise((resolve) => {
      seen.started = () => seen.applications.length + seen.tokens.length >= target && resolve();
    });
    const all = Array.from({ length: clients }, (_, index) => work(index, seen));
    await enough;
    await server.kill();
    await Promise.all(all);
    const before = performance.now();
    await server.restart();
    const took = performance.now() - before;
    if (!sanitized) assert.ok(took <= RESTART_MS, `restart took ${took} ms`);
    const kept = await issuedSince(start);
    assert.ok(kept >= seen.tokens.length, `${seen.tokens.length} tokens were issued, ${kept} audit rows are there`);
    for (const { id, name } of seen.applications) {
      const answer = await api(server, 'GET', `/api/applications/${id}`, { token: server.adminToken });
      assert.equal(answer.status, 200, `application ${id} is lost`);
      assert.equal(answer.json.name, name);
      const secrets = await api(server, 'GET', `/api/applications/${id}/secrets`, { token: server.adminToken });
      assert.equal(secrets.json.length, 1, 'an application without its secret is half a write');
    }
    total = { applications: total.applications + seen.applications.length, tokens: total.tokens + seen.tokens.length };
  }
  console.log(`acknowledged and found again: ${total.applications} applications, ${total.tokens} tokens`);
});
