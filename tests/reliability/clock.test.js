// The clock on the wall is set by an hour or ten years while the server answers: nothing hangs, connections
// and sign-ins go on, and what was spent stays spent when the clock goes back over it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Refreshes } from '../lib/acknowledged.js';
import { api, decodeJwt, token } from '../lib/api.js';
import { Browser, PASSWORD, authorizeUrl, createClient, createUser, exchange, pkce, refresh, signIn } from '../lib/browser.js';
import { totp } from '../lib/factors.js';
import { admin } from '../lib/fixtures.js';
import { Preload } from '../lib/preload.js';
import { startServer } from '../lib/server.js';

const HOUR = 3_600_000;
const STEPS = [HOUR, 0, -HOUR, 10 * 365 * 24 * HOUR, 0, -10 * 365 * 24 * HOUR, 90_000, 0];
const PATIENCE_MS = 20_000; // of a crowded machine with sanitizers; a wait for the wrong clock is an hour

let server, clock, client;
before(async () => {
  clock = new Preload('clock', 0);
  server = await startServer();
  client = await createClient(server);
  await server.restart(clock.env);
});
after(async () => {
  await server.stop();
  clock.remove();
});

// The server's own time, as its tokens tell it.
const ahead = async () => decodeJwt(await token(server)).claims.iat * 1000 - Date.now();

async function withClock(ms, work) {
  clock.set(ms);
  try {
    return await work();
  } finally {
    clock.set(0);
  }
}

test('tokens are issued by the clock as it stands, over every step of it', async () => {
  for (const step of STEPS) {
    await withClock(step, async () => {
      const began = performance.now();
      assert.ok(Math.abs((await ahead()) - step) < PATIENCE_MS, `${step} ms ahead`);
      const answers = await Promise.all(Array.from({ length: 20 }, () => token(server)));
      assert.equal(new Set(answers).size, 20);
      assert.ok(performance.now() - began < PATIENCE_MS);
    });
  }
});

test('a session and its refresh token outlive an hour forth and back', async () => {
  const browser = new Browser(server);
  const user = await createUser(server);
  const signed = await signIn(browser, client, user);
  let { json } = await exchange(server, client, signed);
  for (const step of [HOUR, 0, -HOUR, 0]) {
    await withClock(step, async () => {
      const next = await refresh(server, client, json.refresh_token);
      assert.equal(next.status, 200, `${step}: ${next.text}`);
      ({ json } = next);
      // Without a password: the session is there.
      const again = await browser.follow(await browser.page(authorizeUrl(client, pkce())));
      assert.ok(again.url?.searchParams.get('code'), `${step}: ${again.answer?.text}`);
    });
  }
});

test('codes and refresh tokens that are spent stay so when the clock goes back', async () => {
  const user = await createUser(server);
  const signed = await signIn(new Browser(server), client, user);
  const { json } = await exchange(server, client, signed);
  const chain = new Refreshes();
  await chain.begin(server);
  await chain.step(server);
  for (const step of [-HOUR, HOUR, 0]) {
    await withClock(step, async () => {
      assert.equal((await exchange(server, client, signed)).json.error, 'invalid_grant');
      const next = await refresh(server, client, json.refresh_token);
      assert.equal(next.json.error, 'invalid_grant', 'the replayed code ended its grant');
    });
  }
  await withClock(-HOUR, () => chain.check(server));
});

test('a one-time password that was taken is not taken again when its time comes back', async () => {
  const { status } = await api(server, 'PATCH', '/api/sign-in-exp', {
    token: await admin(server),
    body: { mfa: { factors: ['Totp'], policy: 'NoPrompt' } },
  });
  assert.equal(status, 200);
  const user = await createUser(server);
  const made = await api(server, 'POST', `/api/users/${user.id}/mfa-verifications`, { token: await admin(server), body: { type: 'Totp' } });
  const { secret } = made.json;
  server.secrets.add(secret);
  const show = async (codeOf) => {
    const tab = new Browser(server);
    await tab.follow(await tab.page(authorizeUrl(client, pkce())));
    await tab.step('PUT', '', { interactionEvent: 'SignIn' });
    const identifier = { type: 'username', value: user.username };
    const { json } = await tab.step('POST', '/verification/password', { identifier, password: PASSWORD });
    await tab.step('POST', '/identification', { verificationId: json.verificationId });
    return tab.step('POST', '/verification/totp/verify', { code: codeOf() });
  };
  const codeAt = (ms) => totp(secret, Math.floor((Date.now() + ms) / 30_000));
  let used;
  const taken = await withClock(HOUR, () => show(() => (used = codeAt(HOUR))));
  assert.equal(taken.status, 200, taken.text);
  assert.equal((await withClock(HOUR, () => show(() => used))).json.code, 'session.mfa.invalid_totp_code');
  // Back by an hour: the codes of that time are older than the one that was taken.
  assert.equal((await show(() => codeAt(0))).json.code, 'session.mfa.invalid_totp_code');
  const next = await withClock(HOUR + 60_000, () => show(() => codeAt(HOUR + 60_000)));
  assert.equal(next.status, 200, next.text);
});
