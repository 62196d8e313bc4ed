// The unit of systemd: how exposed systemd itself says that the service is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('systemd gives the service an exposure of 2.0 at most, and knows each of its settings', () => {
  const unit = fileURLToPath(new URL('../../packaging/signet.service', import.meta.url));
  const run = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=20', unit], { encoding: 'utf8' });
  assert.equal(run.error, undefined);
  assert.equal(run.status, 0, run.stdout + run.stderr);
  assert.doesNotMatch(run.stderr, /Unknown|ignoring/);
  const level = Number(run.stdout.match(/Overall exposure level for signet\.service: ([\d.]+)/)[1]);
  assert.ok(level <= 2, String(level));
});
