// signet api --all reads the header Link as RFC 8288 has it, and asks no stranger and no page twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fails, home, json, ok, serve } from './support.js';

const SECRET = 'sesame-open-7431';
let user, api, answer;
before(async () => {
  user = home();
  api = await serve((request, response) => {
    if (request.url === '/token') return json(response, { access_token: 'opaque', token_type: 'Bearer' });
    const [value, headers, status] = answer(request.url);
    return json(response, value, status, headers);
  });
  await ok(user.run(['token', '--token-url', `${api.url}/token`, '--client-id', 'c', '--client-secret-stdin', '--profile', 'p', '--api-url', api.url], { input: SECRET }));
});
after(async () => {
  await api.close();
  user.remove();
});

const all = (...more) => user.run(['api', 'GET', '/list/x', '--profile', 'p', '--all', ...more]);
const asked = () => api.requests.map((each) => each.url).filter((url) => url !== '/token');

test('ways to say which page is next', async () => {
  const ways = ['</list/x?2>; rel="prev next"', '</list/x?2>; REL="next"', '</list/x?2>;Rel=NEXT', '</list/x?2> ; title="a, b; rel=last" ; rel=next',
    '</list/x?9>; rel="prefetch"; title="rel=next", </list/x?2>; rel="next"', '</list/x?9>; rel="prev"; rel="next", <?2>; rel="next"',
    '</list/x?9>; rel="nextish", </list/x?2>; title="\\"<"; rel="next"', '<x?2#top>; rel="next"'];
  for (const link of ways) {
    answer = (url) => (url === '/list/x?2' ? [[2], {}] : [[1], { link }]);
    assert.equal(await ok(all()), '[1,2]\n', link);
    assert.equal(asked().at(-1), '/list/x?2', link);
  }
  for (const link of ['</list/x?2>; rel="nexts"', '</list/x?2>; title="rel=next"', '</list/x?2>; xrel=next', '</list/x?2', 'next', '<>']) {
    answer = () => [[1], { link }];
    assert.equal(await ok(all()), '[1]\n', link);
  }
});

test('a page that came already ends the pages', async () => {
  const next = { '/list/x': '?2', '/list/x?2': '?3', '/list/x?3': '?2' };
  answer = (url) => [[url], { link: `<${next[url]}>; rel="next"` }];
  await fails(all('--jsonl'), 3, /said to be one that came already/);
});

test('addresses that lead to another host', async () => {
  const { port } = api;
  for (const address of [`//127.0.0.1:${port}/list/x?2`, '//localhost/list/x?2', '.example/x', '@host.example/x', `https://localhost:${port}/x?2`, 'ftp://localhost/x', 'javascript:x', '1/x?2']) {
    answer = (url) => (url === '/list/x' ? [[1], { link: `<${address}>; rel="next"` }] : [[2], {}]);
    const before = asked().length;
    const result = await all('--jsonl');
    const below = /^[.@\d]/.test(address);
    assert.equal(result.code, below ? 0 : 3, `${address}: ${result.stderr}`);
    if (below) assert.equal(asked().at(-1), `/list/${address}`);
    else assert.match(result.stderr, /at another host/);
    assert.equal(asked().length, before + (below ? 2 : 1), address);
  }
});

test('a first page that fails leaves nothing on standard output', async () => {
  answer = () => [{ message: 'no' }, {}, 404];
  assert.deepEqual((({ code, stdout }) => [code, stdout])(await all()), [6, '']);
  answer = () => [{ no: 'array' }, {}];
  assert.equal((await all()).stdout, '');
});
