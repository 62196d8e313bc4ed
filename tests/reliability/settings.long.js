// Settings that are not what they should be: each stops the program with its name, or is taken as written.
import assert from 'node:assert/strict';
import os from 'node:os';
import { test } from 'node:test';
import { signet } from '../lib/server.js';

const HOSTILE = ['-1', 'abc', '1.5', '0x10', '99999999999999999999', ' 7', '7 ', 'true!', 'https://', '\u{1f511}', 'é'.repeat(300)];
const AT_ONCE = os.cpus().length;

test('no setting is read as anything else than it says', async () => {
  const { stdout } = await signet(['config', '--json']);
  const cases = JSON.parse(stdout).flatMap(({ name, default: fallback }) => HOSTILE.filter((_, i) => (i + name.length) % 3 === 0).map((value) => ({ name, fallback, value })));
  const check = async ({ name, fallback, value }) => {
    const { code, stdout: shown, stderr } = await signet(['config', '--json'], { env: { [name]: value } });
    if (code) {
      assert.match(stderr, new RegExp(`\\b${name}\\b`), `${name}=${value}`);
      return;
    }
    const taken = JSON.parse(shown).find((each) => each.name === name).value;
    if (typeof fallback === 'string') assert.ok(taken === value || /^\*+$/.test(taken) || taken === value.trim(), `${name}=${value} is taken as ${taken}`);
    else assert.equal(String(taken), value.trim(), `${name}=${value} is taken as ${taken}`);
  };
  const next = async () => {
    for (let one; (one = cases.pop()); ) await check(one);
  };
  assert.ok(cases.length >= 150, `${cases.length}`);
  await Promise.all(Array.from({ length: AT_ONCE }, next));
});

test('what does not exist, or contradicts itself, stops the start', async () => {
  for (const [env, named] of [
    [{ SIGNET_LIMIT_TOKENS: '1' }, 'SIGNET_LIMIT_TOKENS'],
    [{ HTTPS_CERT_PATH: '/dev/null' }, 'HTTPS_KEY_PATH'],
    [{ SIGNET_LIMIT_TOKEN_ADDRESS: '6000001' }, 'SIGNET_LIMIT_TOKEN_ADDRESS'],
    [{ SIGNET_OTLP_ENDPOINT: 'collector:4318' }, 'SIGNET_OTLP_ENDPOINT'],
    [{ SIGNET_OTLP_SAMPLE: '101' }, 'SIGNET_OTLP_SAMPLE'],
  ]) {
    const { code, stderr } = await signet(['config'], { env });
    assert.notEqual(code, 0, JSON.stringify(env));
    assert.match(stderr, new RegExp(named));
  }
});
