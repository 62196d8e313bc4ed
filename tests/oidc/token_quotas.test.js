// Quotas of tokens by hour and day: exact, kept over restarts, and nothing to those without one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { api, tokenAnswer } from '../lib/api.js';
import { admin, createApp, patchApp } from '../lib/fixtures.js';
import { startServer } from '../lib/server.js';

let server;
before(async () => (server = await startServer()));
after(() => server.stop());

const HOUR = 3600_000;
const create = (customClientMetadata) => createApp(server, { customClientMetadata });
const ask = (app) => tokenAnswer(server, { id: app.id, secret: app.secret, scope: undefined });
const granted = (answers) => answers.filter(({ status }) => status === 200).length;
const many = (app, count) => Promise.all(Array.from({ length: count }, () => ask(app)));

// What is counted by the hour is not looked at when one is about to end.
function inOneHour() {
  const left = HOUR - (Date.now() % HOUR);
  return left > 45_000 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, left));
}

test('the hour is used up exactly, and the refusal says until when', async () => {
  await inOneHour();
  const app = await create({ tokensPerHour: 5 });
  for (let i = 0; i < 5; i += 1) assert.equal((await ask(app)).status, 200);
  const refused = await ask(app);
  assert.equal(refused.status, 429, refused.text);
  assert.equal(refused.json.error, 'temporarily_unavailable');
  assert.equal(refused.json.access_token, undefined);
  assert.ok(Math.abs(Number(refused.headers['retry-after']) - (HOUR - (Date.now() % HOUR)) / 1000) < 10, refused.headers['retry-after']);
  assert.equal((await ask(app)).status, 429);
  assert.equal((await tokenAnswer(server)).status, 200, 'others have no quota');
  const logs = await api(server, 'GET', `/api/logs?applicationId=${app.id}&page_size=100`, { token: await admin(server) });
  const results = logs.json.filter(({ key }) => key === 'ExchangeTokenBy.ClientCredentials').map(({ payload }) => payload.result);
  assert.deepEqual(results.sort(), ['Error', 'Error', ...Array(5).fill('Success')]);
});

test('requests side by side get no more than there is, over a restart either', async () => {
  await inOneHour();
  const app = await create({ tokensPerHour: 20, tokensPerDay: 1000 });
  assert.equal(granted(await many(app, 60)), 20);
  await server.restart();
  assert.equal(granted(await many(app, 10)), 0);
  await patchApp(server, app.id, { customClientMetadata: { tokensPerHour: 23 } });
  assert.equal(granted(await many(app, 10)), 3);
  await patchApp(server, app.id, { customClientMetadata: {} });
  assert.equal(granted(await many(app, 10)), 10);
});

test('the day has a quota of its own', async () => {
  await inOneHour();
  const app = await create({ tokensPerDay: 4 });
  const answers = await many(app, 9);
  assert.equal(granted(answers), 4);
  const refused = answers.find(({ status }) => status === 429);
  const left = (24 * HOUR - (Date.now() % (24 * HOUR))) / 1000;
  assert.ok(Math.abs(Number(refused.headers['retry-after']) - left) < 10, refused.headers['retry-after']);
});

test('a large quota is taken in portions, of which a restart loses one at most', async () => {
  await inOneHour();
  const app = await create({ tokensPerHour: 400 });
  assert.equal(granted(await many(app, 6)), 6);
  await server.restart();
  let all = 0;
  for (let i = 0; i < 4; i += 1) all += granted(await many(app, 100));
  assert.ok(all <= 394 && all >= 390, `${all}`);
});

test('quotas are numbers from 1', async () => {
  for (const value of [0, -1, 1.5, '5']) {
    const answer = await api(server, 'POST', '/api/applications', {
      token: await admin(server),
      body: { name: 'x', type: 'MachineToMachine', customClientMetadata: { tokensPerDay: value } },
    });
    assert.equal(answer.status, 400, answer.text);
  }
});
