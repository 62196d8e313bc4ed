// The console: signs the operator in, then shows the page that the address names.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link, navigate, useLocation } from '../shared/router';
import { Empty, Page, Problem, Toasts } from '../shared/ui';
import './console.css';
import { ApplicationPage } from './pages/application';
import { Applications } from './pages/applications';
import { SigningKeys } from './pages/keys';
import { LogPage, Logs } from './pages/logs';
import { NewClient } from './pages/new-client';
import { ResourcePage, Resources } from './pages/resources';
import { RolePage, Roles } from './pages/roles';
import { UserPage, Users } from './pages/users';
import { Workbench } from './pages/workbench';
import { operator, signIn, signOut, start } from './session';

const PAGES: [key: string, text: string, letter: string][] = [
  ['applications', 'Applications', 'a'],
  ['workbench', 'Workbench', 'w'],
  ['resources', 'API resources', 'r'],
  ['roles', 'Roles', 'o'],
  ['users', 'Users', 'u'],
  ['logs', 'Audit log', 'l'],
  ['keys', 'Signing keys', 'k'],
];

function Current() {
  const { segments: [page = 'applications', id, part] } = useLocation();
  switch (page) {
    case 'applications':
      return id === 'new' ? <NewClient /> : id ? <ApplicationPage key={id} id={id} part={part} /> : <Applications />;
    case 'workbench':
      return <Workbench />;
    case 'resources':
      return id ? <ResourcePage key={id} id={id} /> : <Resources />;
    case 'roles':
      return id ? <RolePage key={id} id={id} part={part} /> : <Roles />;
    case 'users':
      return id ? <UserPage key={id} id={id} part={part} /> : <Users />;
    case 'logs':
      return id ? <LogPage key={id} id={id} /> : <Logs />;
    case 'keys':
      return <SigningKeys />;
    default:
      return <Page title="No such page"><Empty title="Nothing is at this address"><Link to="/applications">To the applications</Link></Empty></Page>;
  }
}

/** g and a letter go to a page, / into the search; not while one types. */
function useShortcuts() {
  useEffect(() => {
    let before = '';
    const key = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.ctrlKey || event.metaKey || event.altKey || (target instanceof HTMLElement && target.closest('input, textarea, select, dialog'))) return;
      const page = before === 'g' && PAGES.find(([, , letter]) => letter === event.key);
      before = event.key;
      if (page) navigate(`/${page[0]}`);
      else if (event.key === '/') document.querySelector<HTMLInputElement>('[data-search]')?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
}

/** A new page begins at its first field, or at its heading, also for those who do not see it. */
function useFocus() {
  const { segments } = useLocation();
  const path = segments.join('/');
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== path) (document.querySelector<HTMLElement>('main [autofocus]') ?? document.querySelector<HTMLElement>('main h1'))?.focus();
    before.current = path;
  }, [path]);
}

function Shell() {
  const { segments: [page = 'applications'] } = useLocation();
  useShortcuts();
  useFocus();
  return (
    <>
      <a class="skip" href="#main">To the content</a>
      <header class="top">
        <span class="brand">Signet</span>
        <span class="who"><span class="quiet">Signed in as</span> {operator} <button type="button" class="small" onClick={signOut}>Sign out</button></span>
      </header>
      <nav class="side" aria-label="Pages of the console">
        {PAGES.map(([key, text, letter]) => <Link key={key} to={`/${key}`} title={`g ${letter}`} aria-current={key === page ? 'page' : undefined}>{text}</Link>)}
      </nav>
      <main id="main" tabIndex={-1}><Current /></main>
      <Toasts />
    </>
  );
}

function App() {
  const [state, setState] = useState<{ ready?: boolean; error?: unknown }>({});
  useEffect(() => void start().then(() => setState({ ready: true }), (error) => setState({ error })), []);
  if (state.ready) return <Shell />;
  return (
    <main class="alone">
      <h1>Console</h1>
      {state.error ? <Problem error={state.error} /> : <p role="status">Signing in…</p>}
      {!!state.error && <button type="button" class="main" onClick={() => signIn()}>Sign in</button>}
    </main>
  );
}

render(<App />, document.getElementById('app')!);
