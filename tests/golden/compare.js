// Says in what one answer differs from a recorded one, as far as a client could tell.

// Members whose value is part of the interface; of others only the type is.
const FIXED = new Set(['code', 'error', 'error_description', 'expected', 'received', 'path', 'tenantId', 'type',
  'token_type', 'scope', 'validation', 'reason']);

export function typeOf(value) {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

// All elements of a list as one: each member with a value that is not null, where any has one.
function merged(list) {
  if (!list.every((one) => typeOf(one) === 'object')) return list[0];
  const all = {};
  for (const [key, value] of list.flatMap(Object.entries)) {
    if (value !== null || !(key in all)) all[key] = value;
  }
  return all;
}

// Lists of one element each, and those of what is wrong with an input, have to agree in all; of
// longer ones the elements may differ in order, so only what members they have is looked at.
function compareArrays(want, have, at, out) {
  if (want.length === 0 && have.length === 0) return;
  if (want.length === 0 || have.length === 0) out.push(`${at}: ${want.length} elements, here ${have.length}`);
  else if (at.endsWith('.issues') && want.length === have.length) {
    want.forEach((one, i) => compareValues(one, have[i], `${at}[${i}]`, out));
  } else if (want.length === 1 && have.length === 1) compareValues(want[0], have[0], `${at}[]`, out);
  else compareValues(merged(want), merged(have), `${at}[]`, out, { loose: true });
}

function compareObjects(want, have, at, out, loose) {
  for (const key of Object.keys(want)) {
    if (key in have) compareValues(want[key], have[key], `${at}.${key}`, out, { key, loose });
    else out.push(`${at}.${key}: missing`);
  }
  for (const key of Object.keys(have)) if (!(key in want)) out.push(`${at}.${key}: not in the recording${FIXED.has(key) ? ` (${have[key]})` : ''}`);
}

export function compareValues(want, have, at, out, { key, loose = false } = {}) {
  const type = typeOf(want);
  const fixed = !loose && (type === 'boolean' || FIXED.has(key));
  if (loose && (want === null || have === null)) return;
  if (type !== typeOf(have)) out.push(`${at}: ${type}, here ${typeOf(have)}`);
  else if (type === 'object') compareObjects(want, have, at, out, loose);
  else if (fixed && JSON.stringify(want) !== JSON.stringify(have)) {
    out.push(`${at}: ${JSON.stringify(want)}, here ${JSON.stringify(have)}`);
  } else if (type === 'array' && !loose) compareArrays(want, have, at, out);
}

const media = (type) => type?.split(';')[0].trim();
const list = (text) => text?.split(',').map((part) => part.trim().toUpperCase()).sort().join(', ');
const relations = (link) => [...(link ?? '').matchAll(/rel="(\w+)"/g)].map((match) => match[1]).sort().join(' ');

// Header → what of it has to be the same.
const HEADERS = {
  'content-type': media,
  'total-number': (value) => value !== undefined,
  link: relations,
  allow: list,
  location: (value) => value !== undefined,
  'www-authenticate': (value) => value,
  'cache-control': (value) => value,
  'access-control-allow-origin': (value) => value,
  'access-control-allow-methods': list,
  'access-control-expose-headers': list,
};

export function compareHeaders(want, have, out) {
  for (const [name, view] of Object.entries(HEADERS)) {
    const [wanted, had] = [view(want[name]), view(have[name])];
    if (wanted !== had) out.push(`header ${name}: ${wanted}, here ${had}`);
  }
}

// recorded: {status, headers, answer}; answer: what tests/lib/api.js gives. A list of differences.
export function differences(recorded, answer) {
  const out = [];
  if (recorded.status !== answer.status) out.push(`status: ${recorded.status}, here ${answer.status}`);
  compareHeaders(recorded.headers ?? {}, answer.headers, out);
  // Long documents were cut when they were recorded.
  if (recorded.answer?.['…'] !== undefined) return out;
  if (typeOf(recorded.answer) === 'object' || typeOf(recorded.answer) === 'array') {
    compareValues(recorded.answer, answer.json ?? answer.text, 'answer', out);
  } else if (recorded.answer === null && answer.text !== '') out.push(`answer: none, here ${answer.text.slice(0, 80)}`);
  return out;
}
