// Checks 24 and 31 with two servers on one PostgreSQL: what is good once is so whichever server is asked, and when.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Browser, createClient, createUser, exchange, refresh, signIn, userinfo } from '../lib/browser.js';
import { startServer } from '../lib/server.js';

// Without a database of its own there is nothing to share; of one server code.test.js asks the same.
const shared = process.env.SIGNET_TEST_DB === 'postgres';
const AT_ONCE = 50;

let servers, one, two, spa, web, user;
before(async () => {
  if (!shared) return;
  one = await startServer();
  two = await startServer({ env: { ENDPOINT: one.base, DB_URL: one.env.DB_URL, SIGNET_KEY_FILE: path.join(one.data, 'secret.key') }, init: false });
  servers = [one, two];
  [spa, web] = [await createClient(one), await createClient(one, 'Traditional')];
  user = await createUser(one);
  // The second hears of the clients within a second: once it knows the newest it knows both.
  const deadline = performance.now() + 60_000;
  while ((await refresh(two, web, 'none')).json.error === 'invalid_client') assert.ok(performance.now() < deadline, 'the client is not seen');
});
after(async () => {
  await two?.stop();
  await one?.stop();
});

// The only answer of many to requests of both servers at once that is no refusal.
async function onlyOne(request) {
  const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => request(servers[i % 2])));
  const won = answers.filter(({ status }) => status === 200);
  assert.equal(won.length, 1, answers.map(({ status }) => status).join());
  for (const { status, json } of answers) if (status !== 200) assert.deepEqual([status, json.error], [400, 'invalid_grant']);
  for (const name of ['access_token', 'refresh_token']) one.secrets.add(won[0].json[name]);
  return won[0].json;
}

async function ended({ access_token: access, refresh_token: token }, client) {
  for (const server of servers) {
    assert.equal((await userinfo(server, access)).status, 401);
    assert.equal((await refresh(server, client, token)).json.error, 'invalid_grant');
  }
}

if (shared) {
  test('check 24: of 50 exchanges of one code at two servers, one succeeds', async () => {
    for (const client of [spa, web]) {
      const signed = await signIn(new Browser(one), client, user);
      await ended(await onlyOne((server) => exchange(server, client, signed)), client);
    }
  });

  test('check 31: of 50 refreshes with one token at two servers, one succeeds', async () => {
    const signed = await exchange(two, spa, await signIn(new Browser(one), spa, user));
    assert.equal(signed.status, 200, signed.text);
    const { refresh_token: token } = signed.json;
    await ended(await onlyOne((server) => refresh(server, spa, token)), spa);
  });
}
