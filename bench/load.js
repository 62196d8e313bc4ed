// Loads a server with wrk, and measures what its process took for it.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** Microseconds of CPU that a process has had, user and system, all threads. */
export function cpuMicroseconds(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1e6;
}

export function residentMiB(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

/** Of CPU, for one bare ES256 signature of OpenSSL. */
export function signatureMicroseconds() {
  return JSON.parse(execFileSync(path.join(root, 'build/release/bench-sign'), { encoding: 'utf8' })).es256_us;
}

/** The request of a machine for a token, as load() takes it; its secret goes into the Basic header. */
export function tokenRequest(path, id, secret, parameters) {
  return {
    method: 'POST', path,
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString(),
  };
}

function luaScript(folder, request) {
  const file = path.join(folder, 'request.lua');
  const lines = [`wrk.method = ${JSON.stringify(request.method)}`];
  for (const [name, value] of Object.entries(request.headers)) lines.push(`wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`);
  if (request.body) lines.push(`wrk.body = ${JSON.stringify(request.body)}`);
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function wrk(args) {
  return new Promise((resolve, reject) => {
    const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

const milliseconds = (text, name) => {
  const [, value, unit] = new RegExp(`${name}%\\s+([\\d.]+)(us|ms|s)`).exec(text);
  return Number(value) * { us: 0.001, ms: 1, s: 1000 }[unit];
};

/** wrk's load of one request {method, path, headers, body} on the process that listens at base. */
export async function load(pid, base, request, connections, seconds) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'signet-bench-'));
  const script = luaScript(folder, request);
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '10s', '-s', script, `${base}${request.path}`.replace('localhost', '127.0.0.1')];
  const before = cpuMicroseconds(pid);
  const text = await wrk(args);
  const cpu = cpuMicroseconds(pid) - before;
  fs.rmSync(folder, { recursive: true });
  const requests = Number(/(\d+) requests in/.exec(text)[1]);
  const bad = /Non-2xx or 3xx responses: (\d+)/.exec(text) ?? /Socket errors: (.*)/.exec(text);
  if (bad) throw new Error(`${request.path}: ${bad[0]}`);
  return {
    connections,
    requests,
    cpu_us: cpu / requests,
    per_second: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]),
    p50_ms: milliseconds(text, '50'),
    p99_ms: milliseconds(text, '99'),
    rss_mib: residentMiB(pid),
  };
}
