// How long a token takes, with its audit row on disk before the answer, where requests come at half the rate that the server
// can serve: at their own times, whether or not earlier ones are answered.
//
//   ./dev bench half-load [--seconds N]
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

process.env.SIGNET_BIN ??= 'build/signet';
const { startServer } = await import('../tests/lib/server.js');
const { load, tokenRequest } = await import('./load.js');

const CLIENTS = 32;
const LIMIT_MS = 3; // of 99 in 100
const at = process.argv.indexOf('--seconds');
const seconds = at > 0 ? Number(process.argv[at + 1]) : 10;

const server = await startServer({ env: { LOG_LEVEL: 'warn' } });
const request = tokenRequest('/oidc/token', server.client.id, server.client.secret, { scope: 'all', resource: server.client.resource });
await load(server.pid, server.base, request, 16, 1);
const most = (await load(server.pid, server.base, request, 64, 4)).per_second;
const perClient = Math.round(most / 2 / CLIENTS);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-bench-'));
const [body, log] = [path.join(folder, 'body'), path.join(folder, 'log')];
fs.writeFileSync(body, request.body);
const headers = Object.entries(request.headers).map(([name, value]) => `--header=${name}: ${value}`);
execFileSync('h2load', [
  '--h1', `-c${CLIENTS}`, '-t1', `-D${seconds}`, `--rps=${perClient}`, `--log-file=${log}`, `-d${body}`, ...headers,
  `${server.base}${request.path}`.replace('localhost', '127.0.0.1'),
], { stdio: ['ignore', 'ignore', 'inherit'] });
const lines = fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => line.split('\t').map(Number));
await server.stop();
fs.rmSync(folder, { recursive: true });

const failed = lines.filter(([, status]) => status !== 200).length;
if (failed) throw new Error(`${failed} of ${lines.length} requests failed`);
const times = lines.map(([, , microseconds]) => microseconds / 1000).sort((a, b) => a - b);
const percentile = (p) => times[Math.min(times.length - 1, Math.floor((times.length * p) / 100))];
console.log(`${Math.round(most)} tokens/s at most; ${Math.round(lines.length / seconds)}/s came for ${seconds} s by ${CLIENTS} connections`);
console.log([50, 90, 99, 99.9].map((p) => `p${p} ${percentile(p).toFixed(2)} ms`).join(', '));
if (percentile(99) > LIMIT_MS) {
  console.error(`p99 is above ${LIMIT_MS} ms`);
  process.exitCode = 1;
}
