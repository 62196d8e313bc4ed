// The console: signs the operator in, then shows the page that the address names.
import { render } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Link, navigate, useLocation } from '../shared/router';
import { Empty, Notice, Page, Problem, Toasts, isReadOnly, setReadOnly } from '../shared/ui';
import './console.css';
import { CALLBACK_PATH, tellAnswer } from './grants';
import { Palette } from './palette';
import { ApplicationPage } from './pages/application';
import { Applications } from './pages/applications';
import { ConnectorPage, Connectors, NewConnector } from './pages/connectors';
import { CustomJwt } from './pages/custom-jwt';
import { Dashboard } from './pages/dashboard';
import { HookPage, Hooks } from './pages/hooks';
import { SigningKeys } from './pages/keys';
import { LogPage, Logs } from './pages/logs';
import { NewClient } from './pages/new-client';
import { OrganizationRolePage, OrganizationTemplate } from './pages/organization-roles';
import { OrganizationPage, Organizations } from './pages/organizations';
import { ResourcePage, Resources } from './pages/resources';
import { RolePage, Roles } from './pages/roles';
import { Operators } from './pages/operators';
import { Mfa, Security } from './pages/security';
import { SignIn } from './pages/sign-in';
import { Tenant } from './pages/tenant';
import { UserPage, Users } from './pages/users';
import { Workbench } from './pages/workbench';
import { mayChange, operator, signIn, signOut, start } from './session';

// In the order of their groups; the letter follows a g.
const GROUPS: [title: string, pages: [key: string, text: string, letter: string][]][] = [
  ['Overview', [['dashboard', 'Dashboard', 'd']]],
  ['Authentication', [['applications', 'Applications', 'a'], ['sign-in-experience', 'Sign-in experience', 's'], ['mfa', 'Multi-factor auth', 'm'], ['connectors', 'Connectors', 'c'], ['security', 'Security', 'y']]],
  ['Authorization', [['resources', 'API resources', 'r'], ['roles', 'Roles', 'o'], ['organization-template', 'Organization template', 'e']]],
  ['Users', [['organizations', 'Organizations', 'g'], ['users', 'Users', 'u']]],
  ['Developer', [['workbench', 'Workbench', 'w'], ['custom-jwt', 'Custom JWT', 'j'], ['hooks', 'Webhooks', 'h'], ['logs', 'Audit log', 'l']]],
  ['Tenant', [['keys', 'Signing keys', 'k'], ['tenant', 'Tenant settings', 't'], ['operators', 'Operators', 'p']]],
];
const PAGES = GROUPS.flatMap(([, pages]) => pages);

type Route = (id: string | undefined, part: string | undefined) => preact.JSX.Element;
const ROUTES: Record<string, Route> = {
  applications: (id, part) => (id === 'new' ? <NewClient /> : id ? <ApplicationPage key={id} id={id} part={part} /> : <Applications />),
  dashboard: () => <Dashboard />,
  'sign-in-experience': (part) => <SignIn part={part} />,
  mfa: () => <Mfa />,
  connectors: (id, part) => (id === 'new' && part ? <NewConnector key={part} factory={part} /> : id ? <ConnectorPage key={id} id={id} /> : <Connectors />),
  security: () => <Security />,
  workbench: () => <Workbench />,
  'custom-jwt': (part) => <CustomJwt kind={part} />,
  hooks: (id, part) => (id ? <HookPage key={id} id={id} part={part} /> : <Hooks />),
  tenant: () => <Tenant />,
  operators: () => <Operators />,
  resources: (id) => (id ? <ResourcePage key={id} id={id} /> : <Resources />),
  roles: (id, part) => (id ? <RolePage key={id} id={id} part={part} /> : <Roles />),
  'organization-template': (id) => (id ? <OrganizationRolePage key={id} id={id} /> : <OrganizationTemplate />),
  organizations: (id, part) => (id ? <OrganizationPage key={id} id={id} part={part} /> : <Organizations />),
  users: (id, part) => (id ? <UserPage key={id} id={id} part={part} /> : <Users />),
  logs: (id) => (id ? <LogPage key={id} id={id} /> : <Logs />),
  keys: () => <SigningKeys />,
};

function Current() {
  const { segments: [page = 'applications', id, part] } = useLocation();
  return ROUTES[page]?.(id, part)
    ?? <Page title="No such page"><Empty title="Nothing is at this address"><Link to="/applications">To the applications</Link></Empty></Page>;
}

/** Ctrl+K opens the palette; g and a letter go to a page, / into the search, but not while one types. */
function useShortcuts(openPalette: () => void) {
  useEffect(() => {
    let before = '';
    const key = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.key === 'k' && (event.ctrlKey || event.metaKey) && !document.querySelector('dialog')) {
        event.preventDefault();
        openPalette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || (target instanceof HTMLElement && target.closest('input, textarea, select, dialog'))) return;
      const page = before === 'g' && PAGES.find(([, , letter]) => letter === event.key);
      before = page ? '' : event.key;
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
  const [finding, setFinding] = useState(false);
  useShortcuts(() => setFinding(true));
  useFocus();
  return (
    <>
      <a class="skip" href="#main">To the content</a>
      <header class="top">
        <span class="brand">Signet</span>
        <button type="button" class="small" onClick={() => setFinding(true)}>Go to… <kbd>Ctrl K</kbd></button>
        <span class="who"><span class="quiet">Signed in as</span> {operator} <button type="button" class="small" onClick={signOut}>Sign out</button></span>
      </header>
      <nav class="side" aria-label="Pages of the console">
        {GROUPS.map(([title, pages]) => (
          <div key={title} role="group" aria-label={title}>
            <p class="quiet" aria-hidden="true">{title}</p>
            {pages.map(([key, text, letter]) => <Link key={key} to={`/${key}`} title={`g ${letter}`} aria-current={key === page ? 'page' : undefined}>{text}</Link>)}
          </div>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        {isReadOnly() && <Notice><p>Your role lets you look at everything but secrets; what changes something is switched off.</p></Notice>}
        <Current />
      </main>
      <Toasts />
      {finding && <Palette pages={PAGES} close={() => setFinding(false)} />}
    </>
  );
}

/** Where a user's sign-in for the workbench ends: in a window of its own. */
function Returned() {
  useEffect(() => {
    tellAnswer();
    close();
  }, []);
  return <main class="alone"><h1>Workbench</h1><p role="status">The workbench goes on in its own window. You can close this one.</p></main>;
}

function App() {
  const [state, setState] = useState<{ ready?: boolean; error?: unknown }>({});
  useEffect(() => void start().then(() => { if (!mayChange()) setReadOnly(); setState({ ready: true }); }, (error) => setState({ error })), []);
  if (state.ready) return <Shell />;
  return (
    <main class="alone">
      <h1>Console</h1>
      {state.error ? <Problem error={state.error} /> : <p role="status">Signing in…</p>}
      {!!state.error && <button type="button" class="main" onClick={() => signIn()}>Sign in</button>}
    </main>
  );
}

render(location.pathname === CALLBACK_PATH ? <Returned /> : <App />, document.getElementById('app')!);
