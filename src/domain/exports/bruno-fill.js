// The first row of a list fills the variable that other requests name such a thing by, unless you
// have set it.
const lists = @LISTS@;
const path = req.getUrl().replace(/^[a-z]+:\/\/[^/]+/, '').replace(/[?#].*/, '');
const list = lists.find(([pattern]) => new RegExp(pattern).test(path));
if (list && req.getMethod() === 'GET' && res.getStatus() === 200) {
  const [, variable, member] = list;
  const rows = res.getBody();
  const known = bru.getVar(variable) || bru.getEnvVar(variable) || bru.getCollectionVar(variable);
  if (!known && rows.length > 0 && rows[0][member]) bru.setVar(variable, rows[0][member]);
}
