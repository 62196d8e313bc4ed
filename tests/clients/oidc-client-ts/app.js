// A page with oidc-client-ts.
import { UserManager, WebStorageStateStore } from 'oidc-client-ts';

const { endpoint, appId, resource, organizationId } = window.settings;
const scope = 'openid profile email offline_access read urn:logto:scope:organizations';
const manager = new UserManager({
  authority: `${endpoint}/oidc`,
  client_id: appId,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: location.origin,
  scope,
  prompt: 'consent',
  loadUserInfo: false,
  automaticSilentRenew: false,
  userStore: new WebStorageStateStore({ store: sessionStorage }),
});
const element = document.getElementById('app');
element.innerHTML = '<button>Sign in</button><button>Refresh</button><button>Sign out</button><pre id="state"></pre>';
const [signIn, refresh, signOut] = element.querySelectorAll('button');
const show = (state) => (document.getElementById('state').textContent = JSON.stringify(state));
const guarded = (run) => run().catch((error) => show({ error: String(error) }));
const claims = (jwt) => JSON.parse(atob(jwt.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));

// It asks for the scope of its last token unless told otherwise, and a token for a resource has that resource's scopes alone.
const renew = (args = {}, parameters = {}) => manager.signinSilent({ ...args, extraTokenParams: { scope, ...parameters } });

// The token for userinfo is opaque: that of no resource.
async function load() {
  if (!(await manager.getUser())) return show({ signedIn: false });
  const opaque = await renew();
  const answer = await fetch(`${endpoint}/oidc/me`, { headers: { authorization: `Bearer ${opaque.access_token}` } });
  const info = await answer.json();
  const inOrganization = await renew({}, { organization_id: organizationId });
  const user = await renew({ resource });
  show({ sub: user.profile.sub, token: claims(user.access_token), organization: claims(inOrganization.access_token), info, refreshToken: user.refresh_token });
}

async function begin() {
  if (location.pathname === '/callback') {
    await manager.signinCallback();
    history.replaceState(null, '', '/');
  }
  await load();
}

signIn.onclick = () => guarded(() => manager.signinRedirect({ resource: [resource] }));
refresh.onclick = () => guarded(load);
signOut.onclick = () => guarded(() => manager.signoutRedirect());
guarded(begin);
