// Authorize and token requests from a seed: valid ones, and ones in which one to three things are wrong or unusual. Each thing
// has a name, such as "prompt=none", by which the table of differences speaks of it.

/** Numbers of [0, n) that a seed decides. */
export function chooser(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

const ABSENT = undefined;
const twice = (value) => [value, value];

// Parameter: {name: value, or a function of the request's world}; undefined leaves the parameter out.
const AUTHORIZE = {
  client_id: { absent: ABSENT, empty: '', unknown: 'nobody', machine: ({ machine }) => machine.id, twice: (w, { client_id }) => twice(client_id), markup: '<b>"' },
  redirect_uri: {
    absent: ABSENT, empty: '', other: 'https://evil.example/callback', slash: ({ callback }) => `${callback}/`, fragment: ({ callback }) => `${callback}#x`,
    query: ({ callback }) => `${callback}?a=b`, relative: '/callback', script: 'javascript:alert(1)', twice: ({ callback }) => twice(callback),
  },
  response_type: {
    absent: ABSENT, empty: '', token: 'token', id_token: 'id_token', hybrid: 'code id_token', 'code token': 'code token', none: 'none', unknown: 'x', 'code code': 'code code',
    space: ' code', twice: twice('code'),
  },
  response_mode: { empty: '', query: 'query', fragment: 'fragment', form_post: 'form_post', web_message: 'web_message', jwt: 'jwt', unknown: 'x', twice: twice('query') },
  scope: {
    absent: ABSENT, empty: '', openid: 'openid', 'no openid': 'profile', unknown: 'openid x', spaces: 'openid  profile', quote: 'openid "', latin: 'openid é',
    offline: 'openid offline_access', api: 'openid read', 'openid twice': 'openid openid', address: 'openid address phone', twice: twice('openid'),
  },
  prompt: { none: 'none', login: 'login', consent: 'consent', both: 'login consent', select_account: 'select_account', 'none login': 'none login', unknown: 'x', empty: '', twice: twice('login') },
  state: { absent: ABSENT, empty: '', long: 's'.repeat(1500), odd: 'a&b=c#d é"<', twice: twice('s') },
  nonce: { set: 'n', empty: '', odd: 'é"<>&', twice: twice('n') },
  max_age: { zero: '0', one: '1', negative: '-1', text: 'abc', fraction: '1.5', large: '99999999999', 'too large': '9007199254740993', zeros: '00', empty: '', twice: twice('1') },
  code_challenge: { absent: ABSENT, empty: '', short: 'a'.repeat(42), longest: 'a'.repeat(128), long: 'a'.repeat(129), odd: `${'a'.repeat(42)}!`, twice: (w, { code_challenge }) => twice(code_challenge) },
  code_challenge_method: { absent: ABSENT, empty: '', plain: 'plain', 'lower case': 's256', unknown: 'x', twice: twice('S256') },
  resource: {
    known: ({ resource }) => resource, unknown: 'https://unknown.example', relative: '/api', fragment: ({ resource }) => `${resource}#x`, urn: 'urn:x', text: 'not a uri', empty: '',
    twice: ({ resource }) => twice(resource), 'known and unknown': ({ resource }) => [resource, 'https://unknown.example'],
  },
  id_token_hint: { text: 'x', empty: '', dots: 'a.b.c', unsigned: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.', twice: twice('x') },
  request: { set: 'x', empty: '' },
  request_uri: { address: 'https://client.example/request', urn: 'urn:x', empty: '' },
  registration: { set: '{}' },
  claims: { empty: '', object: '{}', 'id token': '{"id_token":{"email":null}}', text: 'x' },
  display: { page: 'page', unknown: 'x' },
  acr_values: { set: 'x' },
  ui_locales: { set: 'de fr', odd: '!' },
  login_hint: { set: 'ann', twice: twice('ann') },
  foo: { set: 'bar', twice: twice('bar') },
};

const TOKEN = {
  grant_type: {
    absent: ABSENT, empty: '', unknown: 'x', password: 'password', implicit: 'implicit', device: 'urn:ietf:params:oauth:grant-type:device_code', machine: 'client_credentials',
    refresh: 'refresh_token', code: 'authorization_code', twice: (w, { grant_type }) => twice(grant_type),
  },
  client_id: { absent: ABSENT, empty: '', unknown: 'nobody', other: ({ other }) => other.id, twice: (w, { client_id }) => twice(client_id), own: ({ client }) => client.id },
  client_secret: { set: 'x', empty: '', right: ({ client }) => client.secret ?? 'x', twice: twice('x') },
  client_assertion: { text: 'x' },
  client_assertion_type: { bearer: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', unknown: 'x' },
  code: { absent: ABSENT, empty: '', unknown: 'x', long: 'x'.repeat(2000), odd: '<"é', twice: (w, { code }) => twice(code ?? 'x'), foreign: ({ foreign }) => foreign.code },
  redirect_uri: { absent: ABSENT, empty: '', other: 'https://client.example/other', slash: ({ callback }) => `${callback}/`, twice: ({ callback }) => twice(callback) },
  code_verifier: { absent: ABSENT, empty: '', wrong: 'w'.repeat(43), short: 'w'.repeat(42), long: 'w'.repeat(129), odd: `${'w'.repeat(43)}!`, twice: (w, { code_verifier }) => twice(code_verifier ?? 'w'.repeat(43)) },
  refresh_token: { absent: ABSENT, empty: '', unknown: 'x', odd: '<"é', twice: (w, { refresh_token }) => twice(refresh_token ?? 'x'), foreign: ({ foreign }) => foreign.refresh_token },
  scope: { empty: '', openid: 'openid', wider: 'openid phone', unknown: 'x', api: 'read', quote: 'openid "', latin: 'é', spaces: 'openid  profile', twice: twice('openid') },
  resource: {
    absent: ABSENT, known: ({ resource }) => resource, unknown: 'https://unknown.example', relative: '/api', fragment: ({ resource }) => `${resource}#x`, text: 'not a uri', empty: '',
    twice: ({ resource }) => twice(resource), 'known and unknown': ({ resource }) => [resource, 'https://unknown.example'],
  },
  audience: { set: 'x' },
  foo: { set: 'bar', twice: twice('bar') },
};

const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

// What goes into the Authorization header instead of the client's own id and secret.
const HEADER = {
  absent: () => undefined,
  'wrong secret': ({ client }) => basic(client.id, 'wrong'),
  'empty secret': ({ client }) => basic(client.id, ''),
  'empty id': () => basic('', 'x'),
  unknown: () => basic('nobody', 'x'),
  other: ({ other }) => basic(other.id, other.secret ?? 'x'),
  'no colon': () => `Basic ${Buffer.from('nobody').toString('base64')}`,
  'not base64': () => 'Basic !!!',
  'no value': () => 'Basic',
  'odd percent': ({ client }) => basic(`%zz${client.id}`, 'x'),
  bearer: () => 'Bearer x',
  'lower case': ({ client }) => basic(client.id, client.secret ?? 'x').replace('Basic', 'basic'),
  set: ({ client }) => basic(client.id, client.secret ?? 'x'),
};

const BODY = {
  json: (form) => ['application/json', JSON.stringify(Object.fromEntries(form))],
  text: (form) => ['text/plain', form.toString()],
  charset: (form) => ['application/x-www-form-urlencoded; charset=utf-8', form.toString()],
  untyped: (form) => [undefined, form.toString()],
  'odd percent': (form) => ['application/x-www-form-urlencoded', `${form}&foo=%zz`],
  empty: () => ['application/x-www-form-urlencoded', ''],
  large: (form) => ['application/x-www-form-urlencoded', `${form}&foo=${'x'.repeat(3000)}`],
};

const resolve = (value, world, parameters) => (typeof value === 'function' ? value(world, parameters) : value);

function vary(pick, table, world, parameters, tags) {
  const names = Object.keys(table);
  const name = names[pick(names.length)];
  const kinds = Object.keys(table[name]);
  const kind = kinds[pick(kinds.length)];
  if (tags.some((tag) => tag.startsWith(`${name}=`))) return;
  tags.push(`${name}=${kind}`);
  parameters[name] = resolve(table[name][kind], world, parameters);
}

function form(parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) if (one !== undefined) query.append(name, one);
  return query;
}

// One request in six is valid, the others have up to three peculiarities.
const peculiarities = (pick) => [0, 1, 1, 1, 2, 3][pick(6)];

/** {tags, method, form, session}: session says whether the user is signed in already. */
export function authorizeRequest(pick, world) {
  const client = [world.web, world.spa][pick(2)];
  const parameters = {
    client_id: client.id, redirect_uri: world.callback, response_type: 'code', scope: 'openid profile', state: 's',
    code_challenge: world.challenge, code_challenge_method: 'S256',
  };
  const session = pick(4) === 0;
  const tags = [client === world.web ? 'confidential' : 'public', session ? 'signed in' : 'nobody', ...(pick(4) === 0 ? ['POST'] : [])];
  for (let i = peculiarities(pick); i > 0; i -= 1) vary(pick, AUTHORIZE, { ...world, client }, parameters, tags);
  return { tags, method: tags.includes('POST') ? 'POST' : 'GET', form: form(parameters), session };
}

/** What a token request needs before it can be sent: {kind, client, fresh: 'code', 'refresh_token' or undefined}. */
export function tokenPlan(pick, world) {
  const kind = ['code', 'code', 'refresh_token', 'refresh_token', 'machine'][pick(5)];
  if (kind === 'machine') return { kind, client: world.machine, other: world.web };
  const client = [world.web, world.spa][pick(2)];
  return { kind, client, other: client === world.web ? world.spa : world.web, fresh: kind };
}

/**
 * {tags, method, headers, body, before}: before is true when the same request is sent once before. `plan.given` is what the
 * server at hand gave: {code, code_verifier} or {refresh_token}.
 */
export function tokenRequest(pick, world, plan) {
  const { kind, client, given = {} } = plan;
  const parameters = {
    machine: { grant_type: 'client_credentials', resource: world.resource, scope: 'read' },
    code: { grant_type: 'authorization_code', redirect_uri: world.callback, ...given },
    refresh_token: { grant_type: 'refresh_token', ...given },
  }[kind];
  let authorization = client.secret && basic(client.id, client.secret);
  if (!authorization) parameters.client_id = client.id;
  const here = { ...world, ...plan };
  const tags = [kind, client.secret ? 'confidential' : 'public'];
  let [method, type, encode] = ['POST', undefined, (one) => ['application/x-www-form-urlencoded', one.toString()]];
  let before = false;
  for (let i = peculiarities(pick); i > 0; i -= 1) {
    const what = pick(12);
    if (what === 0) {
      const name = Object.keys(HEADER)[pick(Object.keys(HEADER).length)];
      authorization = HEADER[name](here);
      tags.push(`header=${name}`);
    } else if (what === 1) {
      const name = Object.keys(BODY)[pick(Object.keys(BODY).length)];
      encode = BODY[name];
      tags.push(`body=${name}`);
    } else if (what === 2 && kind !== 'machine') {
      before = true;
      tags.push('used before');
    } else if (what === 3 && pick(4) === 0) {
      method = ['GET', 'PUT'][pick(2)];
      tags.push(method);
    } else vary(pick, TOKEN, here, parameters, tags);
  }
  let body;
  [type, body] = encode(form(parameters));
  return { tags, method, headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) }, body, before };
}
