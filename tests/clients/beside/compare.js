// Sends the same requests to both servers, and holds what differs against the table of explained differences.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { authorizeRequest, chooser, tokenPlan, tokenRequest } from './generate.js';
import { startBoth } from './servers.js';

const table = new URL('../../../docs/compat-oidc-provider.md', import.meta.url);

/** Rows of the document's table: {endpoint, when: [tags], theirs, ours}. */
export function explained() {
  const rows = [];
  for (const line of fs.readFileSync(table, 'utf8').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    if (!['authorize', 'token'].includes(cells[1])) continue;
    assert.equal(cells.length, 7, line);
    rows.push({ endpoint: cells[1], when: cells[2].split(' + '), theirs: cells[3], ours: cells[4], used: 0 });
  }
  return rows;
}

const is = (pattern, outcome) => pattern === 'any' || pattern === outcome;
const has = (tags, wanted) => tags.some((tag) => tag === wanted || (wanted.endsWith('=') && tag.startsWith(wanted)));
const covers = (row, { endpoint, tags, theirs, ours }) =>
  row.endpoint === endpoint && is(row.theirs, theirs) && is(row.ours, ours) && row.when.every((tag) => has(tags, tag));

async function authorize(servers, seed) {
  const request = authorizeRequest(chooser(seed), servers.world);
  const [theirs, ours] = [await servers.theirs.sendAuthorize(request), await servers.ours.sendAuthorize(request)];
  return { endpoint: 'authorize', tags: request.tags, theirs, ours };
}

// The codes and tokens of the two servers are their own, so the request is made for each from the same seed.
async function token(servers, seed) {
  const outcomes = {};
  let tags;
  for (const side of ['theirs', 'ours']) {
    const pick = chooser(seed);
    const plan = tokenPlan(pick, servers.world);
    const at = servers[side];
    plan.given = await at.fresh(plan.fresh, plan.client);
    plan.foreign = at.foreign;
    const request = tokenRequest(pick, servers.world, plan);
    if (request.before) await at.sendToken(request);
    outcomes[side] = await at.sendToken(request);
    tags = request.tags;
  }
  return { endpoint: 'token', tags, ...outcomes };
}

/**
 * Compares `count` requests to each of the two endpoints, made from a seed. Gives {differences, rows, outcomes}: what no row
 * of the table explains, the rows with how often each did, and how often each answer was given.
 */
export async function compare(seed, count) {
  const servers = await startBoth();
  const [differences, rows, outcomes] = [[], explained(), {}];
  try {
    // What another client was given: its code and its refresh token.
    for (const side of [servers.ours, servers.theirs]) side.foreign = { ...(await side.code(servers.world.third)), ...(await side.refreshToken(servers.world.third)) };
    for (const [ask, offset] of [[authorize, 0], [token, 1_000_000]]) {
      for (let i = 0; i < count; i += 1) {
        const seen = await ask(servers, seed * 7919 + offset + i);
        outcomes[`${seen.endpoint} ${seen.theirs}`] = (outcomes[`${seen.endpoint} ${seen.theirs}`] ?? 0) + 1;
        if (seen.theirs === seen.ours) continue;
        const row = rows.find((each) => covers(each, seen));
        if (row) row.used += 1;
        else differences.push(seen);
      }
    }
  } finally {
    await servers.close();
  }
  return { differences, rows, outcomes };
}
