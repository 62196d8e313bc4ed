// Two thousand authorize and token requests, valid and malformed, to npm oidc-provider and to this server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from './beside/compare.js';

test('2,000 requests: every difference is explained', async (t) => {
  const { differences, rows, outcomes } = await compare(1, 1000);
  t.diagnostic(JSON.stringify(outcomes));
  for (const { endpoint, when, used } of rows) t.diagnostic(`${used} by ${endpoint} ${when.join(' + ')}`);
  assert.deepEqual(differences, []);
});
