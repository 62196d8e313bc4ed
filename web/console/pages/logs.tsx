// The audit log: filters, the list, which may be followed, and each entry whole.
import { useEffect, useState } from 'preact/hooks';
import { Link, setQuery, useLocation } from '../../shared/router';
import { t } from '../../shared/text';
import { Card, Check, Copy, Empty, Field, Page, Pager, Problem, Select, Table, Time, type Option } from '../../shared/ui';
import { OPERATORS, at, call, list, useLoad, type Log } from '../api';
import { Change } from './change';

const SIZE = 20;
const FOLLOW_MS = 2000;
const KEYS: Option[] = [
  ['', t('All events')],
  ['ExchangeTokenBy.ClientCredentials', t('Token by client credentials')],
  ['ExchangeTokenBy.AuthorizationCode', t('Token by authorization code')],
  ['ExchangeTokenBy.RefreshToken', t('Token by refresh token')],
  ['ExchangeTokenBy.TokenExchange', t('Token by token exchange')],
  ['ExchangeTokenBy.DeviceCode', t('Token by device code')],
  ['ExchangeTokenBy.Unknown', t('Token by an unknown grant')],
  ['RevokeToken', t('Token revoked')],
  ['Interaction.SignIn.Submit', t('Sign-in')],
  ['Interaction.Register.Submit', t('Registration')],
  ['JwtCustomizer.AccessToken', t('Script of users\' tokens')],
  ['JwtCustomizer.ClientCredentials', t('Script of machines\' tokens')],
];
const SPANS: Option[] = [['', t('Any time')], ['3600000', t('Last hour')], ['86400000', t('Last day')], ['604800000', t('Last 7 days')]];

const Result = ({ result }: { result?: string }) => <span class={result === 'Error' ? 'tag bad' : 'tag good'}>{result === 'Error' ? t('Refused') : result ?? '–'}</span>;

type Named = { id: string; username: string | null };
/** Operators by name; without them there are their IDs. */
const readOperators = () => call<Named[]>('GET', OPERATORS).catch((): Named[] => []);

/** Changes are made by operators, or by an application alone; the rest is users'. */
function By({ log: { key, payload: { userId } }, operators }: { log: Log; operators: Named[] }) {
  if (!userId) return <>–</>;
  const operator = operators.find(({ id }) => id === userId);
  if (operator) return <Link to="/operators">{operator.username ?? userId}</Link>;
  return key.startsWith('ManagementApi.') ? <code>{userId}</code> : <Link to={`/users/${userId}`}>{userId}</Link>;
}

/** fixed: filters that the page itself sets. */
export function LogTable({ fixed = {} }: { fixed?: Record<string, string> }) {
  const { query } = useLocation();
  const page = Number(query.get('page') ?? 1);
  const key = query.get('event') ?? '';
  const span = query.get('span') ?? '';
  const application = query.get('application') ?? '';
  const user = query.get('user') ?? '';
  const { data, error, reload } = useLoad(
    () => list<Log>('/logs', { page, page_size: SIZE, logKey: key, start_time: span ? Date.now() - Number(span) : undefined, applicationId: application, userId: user, ...fixed }),
    [page, key, span, application, user, JSON.stringify(fixed)],
  );
  const { data: operators } = useLoad(readOperators, []);
  const [following, setFollowing] = useState(false);
  // The next one is asked for when the one before is there: a slow answer is not given up for another.
  useEffect(() => {
    if (!following) return undefined;
    const timer = setTimeout(reload, FOLLOW_MS);
    return () => clearTimeout(timer);
  }, [following, reload, data, error]);
  const set = (name: string) => (value: string) => setQuery({ [name]: value || undefined, page: undefined });
  const open = (row: Log) => <Link to={`/logs/${row.id}`}>{row.key.split('.').map((word, index) => (index ? <>.<wbr />{word}</> : word))}</Link>;
  return (
    <>
      <div class="filters">
        <Select label={t('Event')} value={key} onValue={set('event')} options={KEYS} />
        <Select label={t('Time')} value={span} onValue={set('span')} options={SPANS} />
        {!fixed.applicationId && <Field label={t('Application ID')} value={application} onValue={set('application')} />}
        {!fixed.userId && <Field label={t('User ID')} value={user} onValue={set('user')} />}
        <button type="button" onClick={reload}>{t('Reload')}</button>
        <Check label={t('Follow live')} checked={following} onChecked={setFollowing} />
      </div>
      <Problem error={error} retry={reload} />
      {data?.rows.length === 0 && <Empty title={t('No entry')}><p>{t('Every token and every change through the API leaves one here. Take a filter away to see more.')}</p></Empty>}
      {!!data?.rows.length && (
        <>
          <Table caption={t('Audit log')} rows={data.rows} columns={[
            ['Time', (row) => <Time ms={row.createdAt} />],
            ['Event', open],
            ['Result', (row) => <Result result={row.payload.result} />],
            ['Application', (row) => row.payload.applicationId ? <Link to={`/applications/${row.payload.applicationId}`}>{row.payload.applicationId}</Link> : '–'],
            ['By', (row) => <By log={row} operators={operators ?? []} />],
            ['IP address', (row) => row.payload.ip ?? '–'],
          ]} />
          <Pager page={page} size={SIZE} total={data.total} />
        </>
      )}
    </>
  );
}

export const Logs = () => (
  <Page title={t('Audit log')} lead={t('Tokens, sign-ins and changes, the newest first.')}>
    <LogTable />
  </Page>
);

export function LogPage({ id }: { id: string }) {
  const { data, error, reload } = useLoad(() => call<Log>('GET', `/logs${at(id)}`), [id]);
  const text = JSON.stringify(data?.payload, null, 2);
  return (
    <Page title={data?.key ?? t('Audit log entry')} back={['/logs', t('Audit log')]} lead={data && <><Result result={data.payload.result} /> <Time ms={data.createdAt} /></>}>
      <Problem error={error} retry={reload} />
      {data && <Change log={data} />}
      {data && <Card title={t('Details')} actions={<Copy text={text} what={t('details')} />}><pre tabIndex={0}>{text}</pre></Card>}
    </Page>
  );
}
