// Folds a file of plan:item-delta messages, one a line, into a Map: what the plan cache is measured against.
const fs = require('node:fs');

const items = new Map();
let version = 0;
let deltas = 0;

function fold(line) {
  for (const delta of JSON.parse(line)[0].deltas) {
    deltas++;
    version = Math.max(version, delta.version);
    const key = `${delta.itemType}:${delta.entityId}`;
    if (delta.action === 'deleted') items.delete(key);
    else items.set(key, delta.data[delta.itemType]);
  }
}

const file = fs.openSync(process.argv[2]);
const buffer = Buffer.alloc(1 << 20);
const start = process.hrtime.bigint();
let rest = '';
for (let n; (n = fs.readSync(file, buffer)) > 0; ) {
  const text = rest + buffer.latin1Slice(0, n);
  let from = 0;
  for (let to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) fold(text.slice(from, to));
  rest = text.slice(from);
}
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(JSON.stringify({ deltas, items: items.size, version, seconds }));
