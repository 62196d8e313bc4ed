// A sample of authorize and token requests, valid and malformed, to npm oidc-provider and to this server: what differs is
// explained in docs/compat-oidc-provider.md. beside.long.js sends more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './beside/compare.js';

test('status and error are those of oidc-provider, but for what the document explains', async () => {
  const seed = Number(process.env.SIGNET_SEED ?? 1);
  const { differences, outcomes } = await compare(seed, 60);
  assert.deepEqual(differences, []);
  assert.ok(Object.keys(outcomes).length > 8, JSON.stringify(outcomes));
});
