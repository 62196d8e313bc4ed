// The page of the user of next-auth.
import { getServerSession } from 'next-auth';
import { signIn, signOut } from 'next-auth/react';
import { options } from '../lib/auth.js';
import Shown from '../lib/shown.jsx';

export async function getServerSideProps({ req, res }) {
  const session = await getServerSession(req, res, options);
  const { ENDPOINT, BASE } = process.env;
  const bye = session && `${ENDPOINT}/oidc/session/end?${new URLSearchParams({ id_token_hint: session.idToken, post_logout_redirect_uri: `${BASE}/auth` })}`;
  return { props: { state: session ?? { signedIn: false }, bye } };
}

// next-auth forgets the user; where the user is signed out at the provider, too, is the application's business.
async function leave(bye) {
  await signOut({ redirect: false });
  location.assign(bye);
}

export default function Page({ state, bye }) {
  return <Shown state={state} signIn={() => signIn('signet', { callbackUrl: '/auth' })} refresh={() => location.reload()} signOut={() => leave(bye)} />;
}
