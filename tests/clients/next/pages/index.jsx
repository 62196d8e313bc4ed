// The page of the user of @logto/next. Asked for fresh tokens, it drops those that the SDK holds, which then refreshes.
import { claims } from '../lib/claims.js';
import { logto } from '../lib/logto.js';
import Shown from '../lib/shown.jsx';

async function known(request, response) {
  const client = await logto.createNodeClientFromNextApi(request, response);
  if (!(await client.isAuthenticated())) return { signedIn: false };
  if (new URL(request.url, 'http://page').searchParams.has('fresh')) await client.clearAccessToken();
  const { sub } = await client.getIdTokenClaims();
  const token = claims(await client.getAccessToken(process.env.RESOURCE));
  const organization = claims(await client.getOrganizationToken(process.env.ORGANIZATION));
  return { sub, token, organization, info: await client.fetchUserInfo(), refreshToken: await client.getRefreshToken() };
}

export const getServerSideProps = logto.withLogtoSsr(async ({ req, res }) => ({ props: { state: await known(req, res) } }));

const go = (address) => () => location.assign(address);

export default function Page({ state }) {
  return <Shown state={state} signIn={go('/api/logto/sign-in')} refresh={go('/?fresh')} signOut={go('/api/logto/sign-out')} />;
}
