// Manage Tokens: each taken apart, its signature checked, its scopes explained.
import { t } from '../../shared/text';
import { Action, Card, Copy, Field, Problem, distance, time } from '../../shared/ui';
import { call, useLoad, type Explanation } from '../api';
import { decode, verify } from '../jwt';
import { RESOURCE, endpoint } from '../session';
import { bench, renewToken, update, useBench, type Token } from '../workbench';

const TIMES = ['iat', 'exp', 'nbf', 'auth_time'];

function Part({ title, object }: { title: string; object: Record<string, unknown> }) {
  return (
    <>
      <h3>{title}</h3>
      <dl class="rows claims">
        {Object.entries(object).map(([name, value]) => (
          <div class="row" key={name}>
            <dt><code>{name}</code></dt>
            <dd>
              <code>{typeof value === 'string' ? value : JSON.stringify(value)}</code>
              {TIMES.includes(name) && typeof value === 'number' && <span class="quiet">{time(value * 1000)} UTC, {distance(value * 1000)}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** Why each scope is there or not; the server decides as its token endpoint does. */
async function explain(token: Token): Promise<Explanation | undefined> {
  const resource = token.from.tokenRows.find(({ key }) => key === 'resource')?.value;
  return call<Explanation>('POST', '/token-explain', { clientId: token.from.clientId, resource: resource || RESOURCE, scope: token.asked });
}

/** Of a user's token: what came of what was asked for. */
function Granted({ token }: { token: Token }) {
  const given = (token.scope ?? '').split(' ').filter(Boolean);
  const missing = token.asked.split(' ').filter((scope) => scope && !given.includes(scope));
  return (
    <>
      <h3>{t('Scopes')}</h3>
      <ul class="scopes">
        {given.map((scope) => <li key={scope}><span class="tag good">{t('granted')}</span> <code>{scope}</code></li>)}
        {missing.map((scope) => <li key={scope}><span class="tag bad">{t('dropped')}</span> <code>{scope}</code>{t(': not of this resource, or no role of the user grants it')}</li>)}
        {!given.length && !missing.length && <li>{t('None was asked for.')}</li>}
      </ul>
    </>
  );
}

function Scopes({ token }: { token: Token }) {
  const { data, error } = useLoad(() => explain(token), [token]);
  return (
    <>
      <h3>{t('Scopes')}</h3>
      <Problem error={error} />
      {data && (
        <ul class="scopes">
          {data.granted.map(({ scope, roleName }) => <li key={scope}><span class="tag good">{t('granted')}</span> <code>{scope}</code> {t('by the role')} {roleName}</li>)}
          {data.dropped.map(({ scope, reason }) => <li key={scope}><span class="tag bad">{t('dropped')}</span> <code>{scope}</code>: {reason}</li>)}
          {!data.granted.length && !data.dropped.length && <li>{t('None was asked for.')}</li>}
        </ul>
      )}
    </>
  );
}

function Signature({ text }: { text: string }) {
  const { data, error } = useLoad(() => verify(text, `${endpoint}/oidc/jwks`), [text]);
  return (
    <>
      <h3>{t('Signature')}</h3>
      <Problem error={error} />
      {data && <p><span class={data.good ? 'tag good' : 'tag bad'}>{data.good ? t('good') : t('bad')}</span> {data.text}</p>}
    </>
  );
}

function Apart({ text, of = '' }: { text: string; of?: string }) {
  const jwt = decode(text);
  if (!jwt) return <p>{t('It is opaque: only the server knows what is in it.')}</p>;
  return <><Part title={t('Header{0}', of)} object={jwt.header} /><Part title={t('Claims{0}', of)} object={jwt.claims} /><Signature text={text} /></>;
}

function Details({ token }: { token: Token }) {
  return (
    <div class="token">
      <Field label={t('Token Name')} value={token.name} onValue={(name) => update(() => (bench.tokens = bench.tokens.map((each) => (each.id === token.id ? { ...each, name } : each))))} />
      <div class="raw"><code>{token.value}</code> <Copy text={token.value} what={t('access token')} /></div>
      <p class="quiet">
        {token.type} · {token.until ? t('expires {0}', distance(token.until)) : t('says not when it expires')} · {token.refresh ? t('renewed by its refresh token') : t('renewed by a new request')}
      </p>
      {token.from.grant === 'client_credentials' ? <Scopes token={token} /> : <Granted token={token} />}
      <Apart text={token.value} />
      {token.idToken && <Apart text={token.idToken} of={t(' of the ID token')} />}
    </div>
  );
}

export function Tokens() {
  const { tokens, shown, used } = useBench();
  if (!tokens.length) return null;
  const token = tokens.find(({ id }) => id === shown) ?? tokens[0];
  const remove = () => update(() => {
    bench.tokens = tokens.filter(({ id }) => id !== token.id);
    if (bench.used === token.id) bench.used = 0;
  });
  return (
    <Card title={t('Tokens')}>
      <div class="actions" role="group" aria-label={t('Tokens')}>
        {tokens.map(({ id, name }) => (
          <button type="button" key={id} class="small" aria-pressed={id === token.id} onClick={() => update(() => (bench.shown = id))}>{name}{id === used && t(' (in use)')}</button>
        ))}
      </div>
      <div class="actions">
        <button type="button" class={token.id === used ? '' : 'main'} disabled={token.id === used} onClick={() => update(() => (bench.used = token.id))}>{token.id === used ? t('In use') : t('Use Token')}</button>
        <Action key={token.id} run={() => renewToken(token)} reads>{t('Refresh')}</Action>
        <button type="button" class="bad" onClick={remove}>{t('Delete')}</button>
      </div>
      <Details token={token} />
    </Card>
  );
}
