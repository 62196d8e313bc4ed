// The dashboard: users, sign-ins and tokens over time, who asks most, and what was refused and why.
import { useId, useState } from 'preact/hooks';
import { Link, setQuery, useLocation } from '../../shared/router';
import { t } from '../../shared/text';
import { Card, Empty, Page, Problem, Select, Table, time, type Option } from '../../shared/ui';
import { call, useLoad } from '../api';

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

/** Bars for those who see them, the same numbers as a table for everyone: made when it is asked for. */
export function Chart({ title, points }: { title: string; points: Point[] }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const most = Math.max(0, ...points.map(({ count }) => count));
  const step = WIDTH / Math.max(points.length, 1);
  const total = points.reduce((sum, { count }) => sum + count, 0);
  const said = t('{0} in {1} days, {2} at most on one', total, points.length, most);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-labelledby={id}>
        <title id={id}>{title}: {said}</title>
        {points.map(({ date, count }, index) => {
          const height = Math.max((HEIGHT * count) / Math.max(most, 1), 1); // a line where there is none
          return <rect key={date} x={index * step + 1} y={HEIGHT - height} width={Math.max(step - 2, 1)} height={height} rx="2"><title>{`${date}: ${count}`}</title></rect>;
        })}
      </svg>
      <p class="ends quiet"><time>{points[0]?.date}</time><span aria-hidden="true">{points.length > 0 && said}</span><time>{points[points.length - 1]?.date}</time></p>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t('As a table')}<span class="hidden">: {title}</span></summary>
        {open && <Table caption={title} rows={points.map((point) => ({ ...point, id: point.date }))} columns={[['Day', (row) => row.date], ['Number', (row) => row.count]]} />}
      </details>
    </figure>
  );
}

const Figure = ({ text, value, delta }: { text: string; value?: number; delta?: number }) => (
  <div class="number">
    <dt>{text}</dt>
    <dd>{value?.toLocaleString('en') ?? '–'} {delta !== undefined && delta !== 0 && <span class="quiet">{delta > 0 ? `+${delta}` : delta}</span>}</dd>
  </div>
);

/* ---- Numbers ---- */

interface Activity {
  days: { date: string; newUsers: number; signIns: number; registrations: number; tokens: number; refused: number }[];
  applications: { id: string; name: string | null; succeeded: number; refused: number }[];
  refusals: { cause: string; count: number }[];
}
const SPANS: Option[] = [['7', t('Last 7 days')], ['30', t('Last 30 days')], ['90', t('Last 90 days')], ['366', t('Last year')]];

/** Stands in its place before the numbers are there, so that nothing below it moves. */
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
      <dl class="numbers">
        <Figure text={t('In all')} value={data?.total.totalUserCount} />
        <Figure text={t('New today')} value={data?.fresh.today.count} delta={data?.fresh.today.delta} />
        <Figure text={t('New in 7 days')} value={data?.fresh.last7Days.count} delta={data?.fresh.last7Days.delta} />
        <Figure text={t('Active today')} value={data?.active.dau.count} delta={data?.active.dau.delta} />
        <Figure text={t('Active in 7 days')} value={data?.active.wau.count} delta={data?.active.wau.delta} />
        <Figure text={t('Active in 30 days')} value={data?.active.mau.count} delta={data?.active.mau.delta} />
      </dl>
      <Chart title={t('Active users a day')} points={data?.active.dauCurve ?? []} />
    </Card>
  );
}

const CURVES: [title: string, name: 'newUsers' | 'signIns' | 'registrations' | 'tokens' | 'refused'][] = [
  [t('Sign-ins a day'), 'signIns'], [t('Tokens a day'), 'tokens'], [t('New users a day'), 'newUsers'], [t('Refusals a day'), 'refused'],
];

function Curves({ days }: Pick<Activity, 'days'>) {
  return (
    <div class="pair">
      {CURVES.map(([title, name]) => (
        <Card key={name} title={title}><Chart title={title} points={days.map((day) => ({ date: day.date, count: day[name] }))} /></Card>
      ))}
    </div>
  );
}

function Busiest({ applications }: Pick<Activity, 'applications'>) {
  return (
    <Card title={t('Busiest applications')}>
      {applications.length === 0
        ? <Empty title={t('None yet')}><p>{t('Applications stand here once they get tokens:')} <Link to="/applications/new">{t('make an API client')}</Link>.</p></Empty>
        : <Table caption={t('Busiest applications')} rows={applications} columns={[
            ['Application', (row) => (row.name ? <Link to={`/applications/${row.id}`}>{row.name}</Link> : row.id)],
            ['Tokens and sign-ins', (row) => row.succeeded],
            ['Refused', (row) => row.refused],
            ['', (row) => <Link to={`/logs?application=${row.id}`}>{t('Log')}<span class="hidden">: {row.name ?? row.id}</span></Link>],
          ]} />}
    </Card>
  );
}

function Refusals({ refusals }: Pick<Activity, 'refusals'>) {
  return (
    <Card title={t('Refusals by cause')}>
      {refusals.length === 0
        ? <Empty title={t('Nothing was refused')}><p>{t('Wrong secrets, unknown resources and the like stand here, counted.')}</p></Empty>
        : <Table caption={t('Refusals by cause')} rows={refusals.map((row) => ({ ...row, id: row.cause }))} columns={[['Cause', (row) => <code>{row.cause}</code>], ['Number', (row) => row.count]]} />}
    </Card>
  );
}

function Happened() {
  const days = useLocation().query.get('days') ?? '30';
  const { data, error, reload } = useLoad(() => call<Activity>('GET', `/dashboard/activity?${new URLSearchParams({ days })}`), [days]);
  return (
    <>
      <div class="filters"><Select label={t('Time')} value={days} onValue={(value) => setQuery({ days: value })} options={SPANS} /></div>
      <Problem error={error} retry={reload} />
      {data && <Curves days={data.days} />}
      {data && <div class="pair"><Busiest applications={data.applications} /><Refusals refusals={data.refusals} /></div>}
    </>
  );
}

export const Dashboard = () => (
  <Page title={t('Dashboard')} lead={t('What happens on this server. Days, also today, are those of UTC, where it is {0} now.', time(Date.now()).slice(0, 16))}>
    <Users />
    <Happened />
  </Page>
);
