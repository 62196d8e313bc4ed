// The first row of a list fills the variable that other requests name such a thing by, unless you
// have set it.
const lists = @LISTS@;
const path = pm.request.url.getPath();
const list = lists.find(([pattern]) => new RegExp(pattern).test(path));
if (list && pm.request.method === 'GET' && pm.response.code === 200) {
  const [, variable, member] = list;
  const rows = pm.response.json();
  if (!pm.variables.get(variable) && rows.length > 0 && rows[0][member]) {
    pm.collectionVariables.set(variable, rows[0][member]);
  }
}
