// The dashboard: users, sign-ins and tokens over time, who asks most, and what was refused and why.
import { useId } from 'preact/hooks';
import { Link } from '../../shared/router';
import { t } from '../../shared/text';
import { Card, Empty, Page, Problem, Table } from '../../shared/ui';
import { call, list, useLoad, type Log } from '../api';

const DAY = 86_400_000;
const DAYS = 7;
const LATEST = 500;
interface Point {
  date: string;
  count: number;
}
interface Counted {
  count: number;
  delta: number;
}

/* ---- Charts ---- */

const WIDTH = 600;
const HEIGHT = 140;

/** Bars for those who see them, the same numbers as a table for everyone. */
export function Chart({ title, points }: { title: string; points: Point[] }) {
  const id = useId();
  const most = Math.max(1, ...points.map(({ count }) => count));
  const step = WIDTH / Math.max(points.length, 1);
  const total = points.reduce((sum, { count }) => sum + count, 0);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT + 20}`} role="img" aria-labelledby={id}>
        <title id={id}>{t('{0}: {1} in {2} days, {3} at most on one', title, total, points.length, most)}</title>
        {points.map(({ date, count }, index) => {
          const height = (HEIGHT * count) / most;
          return <rect key={date} x={index * step + 1} y={HEIGHT - height} width={Math.max(step - 2, 1)} height={Math.max(height, 1)} rx="2"><title>{`${date}: ${count}`}</title></rect>;
        })}
        <text x="0" y={HEIGHT + 15}>{points[0]?.date}</text>
        <text x={WIDTH} y={HEIGHT + 15} text-anchor="end">{points[points.length - 1]?.date}</text>
      </svg>
      <details>
        <summary>{t('As a table')}<span class="hidden">: {title}</span></summary>
        <Table caption={title} rows={points.map((point) => ({ ...point, id: point.date }))} columns={[['Day', (row) => row.date], ['Number', (row) => row.count]]} />
      </details>
    </figure>
  );
}

const Figure = ({ text, value, delta }: { text: string; value: number; delta?: number }) => (
  <div class="number">
    <dt>{text}</dt>
    <dd>{value.toLocaleString('en')} {delta !== undefined && delta !== 0 && <span class="quiet">{delta > 0 ? `+${delta}` : delta}</span>}</dd>
  </div>
);

/* ---- Numbers ---- */

const midnight = (day: number) => Math.floor(day / DAY) * DAY;

/** How many entries with one of the keys each of the last days has. */
async function perDay(keys: string[]): Promise<Point[]> {
  const today = midnight(Date.now());
  const starts = Array.from({ length: DAYS }, (_, index) => today - (DAYS - 1 - index) * DAY);
  return Promise.all(starts.map(async (start) => {
    const totals = await Promise.all(keys.map((logKey) => list<Log>('/logs', { logKey, start_time: start, end_time: start + DAY - 1, page: 1, page_size: 1 })));
    return { date: new Date(start).toISOString().slice(0, 10), count: totals.reduce((sum, { total }) => sum + total, 0) };
  }));
}

async function latest(): Promise<Log[]> {
  const pages = await Promise.all(Array.from({ length: LATEST / 100 }, (_, index) => list<Log>('/logs', { page: index + 1, page_size: 100 })));
  return pages.flatMap(({ rows }) => rows);
}

function tally<T>(rows: T[], key: (row: T) => string | undefined) {
  const counts = new Map<string, number>();
  for (const name of rows.map(key)) if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 8).map(([id, count]) => ({ id, count }));
}

const cause = ({ payload }: Log) => {
  if (payload.result !== 'Error') return undefined;
  const error = payload.error as { code?: string; error?: string; message?: string } | string | undefined;
  return typeof error === 'string' ? error : error?.code ?? error?.error ?? error?.message ?? t('no cause given');
};

const TOKENS = ['ExchangeTokenBy.ClientCredentials', 'ExchangeTokenBy.AuthorizationCode', 'ExchangeTokenBy.RefreshToken'];

function Users() {
  const { data, error, reload } = useLoad(async () => {
    const [total, fresh, active] = await Promise.all([
      call<{ totalUserCount: number }>('GET', '/dashboard/users/total'),
      call<{ today: Counted; last7Days: Counted }>('GET', '/dashboard/users/new'),
      call<{ dauCurve: Point[]; dau: Counted; wau: Counted; mau: Counted }>('GET', '/dashboard/users/active'),
    ]);
    return { total, fresh, active };
  }, []);
  return (
    <Card title={t('Users')}>
      <Problem error={error} retry={reload} />
      {data && (
        <>
          <dl class="numbers">
            <Figure text={t('In all')} value={data.total.totalUserCount} />
            <Figure text={t('New today')} value={data.fresh.today.count} delta={data.fresh.today.delta} />
            <Figure text={t('New in 7 days')} value={data.fresh.last7Days.count} delta={data.fresh.last7Days.delta} />
            <Figure text={t('Active today')} value={data.active.dau.count} delta={data.active.dau.delta} />
            <Figure text={t('Active in 7 days')} value={data.active.wau.count} delta={data.active.wau.delta} />
            <Figure text={t('Active in 30 days')} value={data.active.mau.count} delta={data.active.mau.delta} />
          </dl>
          <Chart title={t('Active users a day')} points={data.active.dauCurve} />
        </>
      )}
    </Card>
  );
}

function Curve({ title, keys }: { title: string; keys: string[] }) {
  const { data, error, reload } = useLoad(() => perDay(keys), []);
  return (
    <Card title={title}>
      <Problem error={error} retry={reload} />
      {data && <Chart title={title} points={data} />}
    </Card>
  );
}

function Latest() {
  const { data, error, reload } = useLoad(latest, []);
  const clients = tally(data ?? [], ({ payload }) => payload.applicationId);
  const causes = tally(data ?? [], cause);
  const among = `Among the last ${data?.length ?? 0} entries of the audit log.`;
  return (
    <>
      <Problem error={error} retry={reload} />
      {data && (
        <div class="pair">
          <Card title={t('Busiest applications')}>
            <p class="quiet">{among}</p>
            {clients.length === 0
              ? <Empty title={t('None yet')}><p>{t('Applications stand here once they get tokens:')} <Link to="/applications/new">{t('make an API client')}</Link>.</p></Empty>
              : <Table caption={t('Busiest applications')} rows={clients} columns={[['Application', (row) => <Link to={`/applications/${row.id}`}>{row.id}</Link>], ['Entries', (row) => row.count]]} />}
          </Card>
          <Card title={t('Refusals by cause')}>
            <p class="quiet">{among}</p>
            {causes.length === 0
              ? <Empty title={t('Nothing was refused')}><p>{t('Wrong secrets, unknown resources and the like stand here, counted.')}</p></Empty>
              : <Table caption={t('Refusals by cause')} rows={causes} columns={[['Cause', (row) => <code>{row.id}</code>], ['Entries', (row) => row.count]]} />}
          </Card>
        </div>
      )}
    </>
  );
}

export const Dashboard = () => (
  <Page title={t('Dashboard')} lead={t('What happens on this server; days are those of UTC.')}>
    <Users />
    <div class="pair">
      <Curve title={t('Sign-ins a day')} keys={['Interaction.SignIn.Submit']} />
      <Curve title={t('Token requests a day')} keys={TOKENS} />
    </div>
    <Latest />
  </Page>
);
