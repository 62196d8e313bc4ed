// How soon the list of users can be used with many of them in the tenant.
// USERS sets how many (100,000). SIGNET_BIN should be a release: what is measured is what operators get.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api } from '../lib/api.js';
import { admin } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';
import { launch, signedIn, unexpected } from './support.js';

const USERS = Number(process.env.USERS ?? 100_000);
const INTERACTIVE_MS = 1000;

let server, browser, page;
before(async () => {
  server = await startServer();
  browser = await launch();
  await importUsers();
  page = await signedIn(browser, server, 'operator');
});
after(async () => {
  await browser?.close();
  await server.stop();
});

async function importUsers() {
  const token = await admin(server);
  const lines = Array.from({ length: USERS }, (_, index) => JSON.stringify({ username: `user_${index}`, primaryEmail: `user${index}@example.com`, name: `User ${index}` }));
  const begun = await api(server, 'POST', '/api/user-imports', { token, body: lines.join('\n'), headers: { 'content-type': 'application/x-ndjson' } });
  assert.equal(begun.status, 202, begun.text);
  for (;;) {
    const { state, imported } = (await api(server, 'GET', `/api/user-imports/${begun.json.id}`, { token })).json;
    if (state !== 'running') return assert.equal(imported, USERS, state);
  }
}

test(`the list of users is on screen within ${INTERACTIVE_MS} ms, the sign-in through the session included`, async () => {
  const times = [];
  for (let count = 0; count < 5; count++) {
    const begun = performance.now();
    await page.goto(`${server.adminBase}/console/users`, { waitUntil: 'commit' });
    await page.getByRole('cell', { name: /@example\.com/ }).first().waitFor();
    times.push(Math.round(performance.now() - begun));
  }
  console.log(`on screen after ${times.join(', ')} ms`);
  assert.ok(times.sort((a, b) => a - b)[2] <= INTERACTIVE_MS, `${times} ms`);
  assert.deepEqual(unexpected(page), []);
});
