// Compares two plans by a Map of their items by id: what the diff is measured against. Prints how many items differ and how.
const fs = require('node:fs');

function same(a, b) {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => name in b && same(a[name], b[name]));
}

function compare(cached, server, counts) {
  const held = new Map(cached.map((item) => [item.id, item]));
  for (const item of server) {
    const other = held.get(item.id);
    if (other === undefined) counts.missing++;
    else if (Object.keys(item).some((name) => !same(item[name], other[name]))) counts.stale++;
    else counts.same++;
    held.delete(item.id);
  }
  counts.ghost += held.size;
}

const start = process.hrtime.bigint();
const [cached, server] = process.argv.slice(2).map((path) => JSON.parse(fs.readFileSync(path)));
const counts = { same: 0, stale: 0, missing: 0, ghost: 0 };
compare(cached.appointments, server.appointments, counts);
compare(cached.bills, server.bills, counts);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify({ ...counts, seconds }));
