// A runner that sends all requests in a row does not take away the client that it calls with.
const takes = pm.request.method === 'DELETE' && /^api\/applications\/:id(\/(secrets|roles)\/:\w+)?$/.test(pm.request.url.path.join('/'));
if (takes && pm.variables.get('applicationId') === pm.variables.get('clientId')) {
  console.warn('not sent: it would end the access of the client of this collection; set applicationId to another');
  pm.execution.skipRequest();
}
// Gets an access token before a request when there is none that is still good: newman and the
// collection runner do not press "Get New Access Token".
const expiresAt = Number(pm.collectionVariables.get('accessTokenExpiresAt') || 0);
const setUp = pm.variables.get('clientSecret') && pm.variables.get('tokenUrl');
if (setUp && Date.now() > expiresAt - 30000) {
  const encode = (text) => encodeURIComponent(text).replace(/%20/g, '+');
  const credentials = encode(pm.variables.get('clientId')) + ':' + encode(pm.variables.get('clientSecret'));
  const body = ['grant_type=client_credentials', 'scope=' + encode(pm.variables.get('scope')),
    'resource=' + encode(pm.variables.get('resource'))].join('&');
  pm.sendRequest({
    url: pm.variables.get('tokenUrl'),
    method: 'POST',
    header: {
      'Content-Type': 'application/x-www-form-urlencoded',
      Authorization: 'Basic ' + btoa(credentials),
    },
    body: { mode: 'raw', raw: body },
  }, (error, response) => {
    if (error || response.code !== 200) {
      console.error('no access token: ' + (error || response.text()));
      return;
    }
    const token = response.json();
    pm.collectionVariables.set('accessToken', token.access_token);
    pm.collectionVariables.set('accessTokenExpiresAt', String(Date.now() + token.expires_in * 1000));
  });
}
