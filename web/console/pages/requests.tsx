// Requests with the token in use: an operation of the API found by typing, filled in, sent, shown.
import { useEffect, useId, useState } from 'preact/hooks';
import { t } from '../../shared/text';
import { Action, Card, Check, Copy, Field, Notice, Problem, TextArea, copy, save, toast } from '../../shared/ui';
import { example, search, useOpenApi, type Api, type Operation } from '../openapi';
import { collectionOf } from '../postman';
import { endpoint } from '../session';
import { bench, sendRequest, update, useBench, usedToken, type Sent } from '../workbench';

const SHOWN = 12;

/* ---- Finding an operation ---- */

function Finder({ api, choose }: { api: Api; choose: (operation: Operation) => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const found = text ? search(api.operations, text).slice(0, SHOWN) : [];
  const take = (operation: Operation | undefined) => {
    if (!operation) return;
    choose(operation);
    setText('');
  };
  const key = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && found.length) setAt((at + steps[event.key] + found.length) % found.length);
    else if (event.key === 'Enter') take(found[at]);
    else if (event.key === 'Escape') setText('');
    else return;
    event.preventDefault();
  };
  return (
    <div class="finder">
      <Field label={t('Find an operation')} value={text} onValue={(next) => { setText(next); setAt(0); }} onKeyDown={key} role="combobox" aria-expanded={found.length > 0} aria-controls={id} aria-autocomplete="list"
        aria-activedescendant={found.length ? `${id}-${at}` : undefined} help={t('{0} operations: type create role, GET users or /api/logs. Arrow keys choose, Enter takes.', api.operations.length)} wide />
      <ul id={id} role="listbox" aria-label={t('Operations')} hidden={!found.length}>
        {found.map((operation, index) => (
          <li key={operation.id} id={`${id}-${index}`} role="option" aria-selected={index === at} onClick={() => take(operation)}>
            <span class={`method ${operation.method.toLowerCase()}`}>{operation.method}</span> <code>{operation.path}</code> <span class="quiet">{operation.summary}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/* ---- The answer ---- */

function Json({ name, value, open = true }: { name?: string; value: unknown; open?: boolean }) {
  const label = name === undefined ? null : <span class="key">{name}: </span>;
  if (typeof value !== 'object' || value === null) return <div>{label}<code>{JSON.stringify(value)}</code></div>;
  const entries = Object.entries(value);
  const what = Array.isArray(value) ? `[ ${entries.length} ]` : `{ ${entries.length} }`;
  if (!entries.length) return <div>{label}<code>{what}</code></div>;
  return (
    <details open={open}>
      <summary>{label}<code>{what}</code></summary>
      <div class="nested">{entries.map(([key, each]) => <Json key={key} name={key} value={each} open={entries.length <= 20} />)}</div>
    </details>
  );
}

function parse(text: string): { json?: unknown } {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return {};
  }
}

function Answer({ sent }: { sent: Sent }) {
  const { json } = parse(sent.text);
  const missing = sent.status === 403 && (json as { data?: { scope?: string } })?.data?.scope;
  return (
    <div class="answer" aria-live="polite">
      <p>
        <span class={sent.status < 400 ? 'tag good' : 'tag bad'}>{sent.status}</span> {sent.ms} ms · {sent.size} {t('bytes')} <Copy text={sent.text} what={t('answer')} />
      </p>
      {missing && <Notice kind="warn"><p>{t('The token lacks the scope')} <code>{missing}</code>{t('. Give the client a role that has it, then Refresh the token.')}</p></Notice>}
      {sent.status === 401 && <Notice kind="warn"><p>{t('The token is missing, expired or not for this API: Refresh it, or get a new one.')}</p></Notice>}
      <details>
        <summary>{t('Headers that the browser shows (')}{sent.headers.length})</summary>
        <dl class="rows claims">{sent.headers.map(([name, value]) => <div class="row" key={name}><dt><code>{name}</code></dt><dd><code>{value}</code></dd></div>)}</dl>
      </details>
      <div class="json">{json === undefined ? <pre tabIndex={0}>{sent.text}</pre> : <Json value={json} />}</div>
    </div>
  );
}

/* ---- The request ---- */

const placeOf = (path: string, name: string) => `${path.slice(0, path.indexOf(`{${name}}`))}{}`;
const suggestions = new Map<string, string[]>(); // ids that lists gave, by the path that takes them

function remember(operation: Operation, text: string) {
  const { json } = parse(text);
  const rows = Array.isArray(json) ? json : [json];
  const ids = rows.map((row) => (row as { id?: string } | null)?.id).filter((id): id is string => typeof id === 'string');
  const path = operation.path.replace(/\{[^}]*\}/g, '{}');
  if (ids.length && (operation.method === 'GET' || operation.method === 'POST')) suggestions.set(path.endsWith('{}') ? path : `${path}/{}`, ids);
}

function address({ path, parameters }: Operation) {
  const filled = parameters.filter((each) => each.in === 'path').reduce((text, { name }) => text.replace(`{${name}}`, encodeURIComponent(bench.values[name] ?? '')), path);
  const query = new URLSearchParams();
  for (const { name } of parameters.filter((each) => each.in === 'query')) if (bench.values[name]) query.set(name, bench.values[name]);
  return `${endpoint}${filled}${query.size ? `?${query}` : ''}`;
}

function choose(operation: Operation) {
  update(() => {
    bench.operation = operation.id;
    bench.values = {};
    for (const { name } of operation.parameters.filter((each) => each.in === 'path')) {
      bench.values[name] = suggestions.get(placeOf(operation.path, name).replace(/\{[^}]+\}/g, '{}'))?.[0] ?? '';
    }
    bench.body = operation.body ? JSON.stringify(example(operation.body), null, 2) : '';
  });
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function asCurl({ method }: Operation, url: string, body: string) {
  const parts = ['curl', ...(method === 'GET' ? [] : ['-X', method]), '-H "Authorization: Bearer $TOKEN"'];
  if (body) parts.push("-H 'Content-Type: application/json'", `-d ${quote(body)}`);
  return [...parts, quote(url)].join(' ');
}

function asFetch({ method }: Operation, url: string, body: string) {
  const headers = { authorization: 'Bearer TOKEN', ...(body ? { 'content-type': 'application/json' } : {}) };
  const text = JSON.stringify({ method, headers, ...(body ? { body } : {}) }, null, 2).replace('"Bearer TOKEN"', '`Bearer ${token}`');
  return `await fetch(${JSON.stringify(url)}, ${text})`;
}

const asSignet = ({ method }: Operation, url: string, body: string) => `signet api ${method} ${quote(url.slice(endpoint.length))}${body ? ` -d ${quote(body)}` : ''}`;

function Parameters({ operation }: { operation: Operation }) {
  const { values } = useBench();
  const set = (name: string) => (value: string) => update(() => (bench.values = { ...bench.values, [name]: value }));
  const field = ({ name, description, required }: Operation['parameters'][0]) => (
    <Field key={name} label={name} value={values[name] ?? ''} onValue={set(name)} required={required} help={description} />
  );
  const needed = operation.parameters.filter(({ required }) => required);
  const optional = operation.parameters.filter(({ required }) => !required);
  return (
    <>
      {needed.map(field)}
      {optional.length > 0 && <details><summary>{t('Query parameters (')}{optional.length})</summary>{optional.map(field)}</details>}
    </>
  );
}

/** Requests sent so far, and a file of them. */
function History({ show }: { show: (sent: Sent) => void }) {
  const { history, form } = useBench();
  const [secret, setSecret] = useState(false);
  if (!history.length) return null;
  const take = () => {
    save('signet-session.postman_collection.json', 'application/json', JSON.stringify(collectionOf(history, form, usedToken(), secret), null, 2));
    toast(t('signet-session.postman_collection.json downloaded.'));
  };
  return (
    <details>
      <summary>{t('History (')}{history.length})</summary>
      <ol class="history">
        {history.map((each) => (
          <li key={each.id}><button type="button" class="small" onClick={() => show(each)}>{each.method} {each.url.slice(endpoint.length)}</button> <span class={each.status < 400 ? 'tag good' : 'tag bad'}>{each.status}</span> <span class="quiet">{each.ms} ms</span></li>
        ))}
      </ol>
      <Check label={t('Put the token and the client\'s secret into the file')} checked={secret} onChecked={setSecret} />
      <div class="actions"><button type="button" onClick={take}>{t('Take the session along for Postman')}</button></div>
    </details>
  );
}

export function Requests() {
  const { body } = useBench();
  const { data: api, error } = useOpenApi();
  const [sent, setSent] = useState<Sent>();
  const operation = api?.operations.find(({ id }) => id === bench.operation);
  const token = usedToken();
  const send = async () => {
    if (!operation) return;
    const empty = operation.parameters.find(({ required, name }) => required && !bench.values[name]);
    if (empty) throw new Error(t('Fill in {0}: send the list above it first, and its first ID is filled in by itself.', empty.name));
    const answer = await sendRequest(operation.method, address(operation), operation.body ? bench.body : undefined);
    remember(operation, answer.text);
    setSent(answer);
  };
  useEffect(() => {
    const key = (event: KeyboardEvent) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) document.querySelector<HTMLButtonElement>('[data-send] button')?.click();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  return (
    <Card title={t('Request')}>
      <Problem error={error} />
      {!api && !error && <p class="quiet">{t('Loading the operations…')}</p>}
      {api && <Finder api={api} choose={(next) => { choose(next); setSent(undefined); }} />}
      {operation && (
        <>
          <h3><span class={`method ${operation.method.toLowerCase()}`}>{operation.method}</span> <code>{operation.path}</code></h3>
          <p>{operation.summary}. <span class="quiet">{operation.description}</span></p>
          {operation.scopes.length > 0 && <p class="quiet">{t('Opened by')} {operation.scopes.map((scope, index) => <>{index > 0 && t(' or ')}<code>{scope}</code></>)}.</p>}
          <Parameters operation={operation} />
          {operation.body && <TextArea label={t('Body')} value={body} onValue={(next) => update(() => (bench.body = next))} />}
          <p class="quiet">{token ? t('With the token {0}.', token.name) : t('Without a token: get one with the form, and it is used here.')}</p>
          <div class="actions" data-send>
            <Action run={send} kind="main" reads>{t('Send')}</Action>
            <button type="button" onClick={() => copy(asCurl(operation, address(operation), bench.body), t('curl line'))}>{t('Copy as curl')}</button>
            <button type="button" onClick={() => copy(asFetch(operation, address(operation), bench.body), t('fetch call'))}>{t('Copy as fetch')}</button>
            <button type="button" onClick={() => copy(asSignet(operation, address(operation), bench.body), t('command'))}>{t('Copy as signet api')}</button>
          </div>
        </>
      )}
      {sent && <Answer sent={sent} />}
      <History show={setSent} />
    </Card>
  );
}
