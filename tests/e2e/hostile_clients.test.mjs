// Clients that mean harm, over plain sockets: requests that two servers would read differently, bodies made to cost much,
// crowds that say nothing. Each is refused with the right status and its connection closed, nothing of it is taken for a
// request, and everyone else is served meanwhile.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readFileSync, readdirSync} from 'node:fs';
import {connect} from 'node:net';
import {describe, test} from 'node:test';
import {eventually, freshServer, inParallel, newPhone, suiteServer, within} from './support.mjs';

const MiB = 1 << 20;
// What the server may take at its worst in this file: generous, for builds with sanitizers, too.
const MOST_MEMORY = 500 * MiB;
const peakMemory = (server) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))[1]) * 1024;

/** A connection. `text` is what has come, `closed` resolves with all of it once the server has closed its side. */
function open(server) {
  const socket = connect(server.port, '127.0.0.1');
  const client = {socket, text: ''};
  client.connected = new Promise((resolve) => socket.once('connect', resolve));
  const ended = new Promise((resolve) => socket.once('close', () => resolve(client.text)));
  client.closed = () => within(ended, () => `the server to close; so far: ${client.text.slice(0, 500)}`);
  socket.setEncoding('latin1').on('error', () => {}).on('data', (data) => { client.text += data; client.look?.(); });
  client.until = (enough, what) => within(new Promise((resolve) => {
    client.look = () => enough(client.text) && resolve(client.text);
    client.look();
  }), () => `${what}; so far: ${client.text.slice(0, 500)}`);
  return client;
}

/** Sends the bytes and gives all that is answered until the server closes. */
async function ask(server, bytes) {
  const client = open(server);
  client.socket.write(bytes);
  return client.closed();
}

const statuses = (text) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
const bodyOf = (text) => text.slice(text.indexOf('\r\n\r\n') + 4);

describe('Clients that mean harm', () => {
  const suite = suiteServer();

  /** A request that would make a lead, were it taken for one. */
  const smuggled = (phone) => {
    const body = JSON.stringify({phone});
    return `POST /v1/leads/create HTTP/1.1\r\nHost: x\r\nx-api-key: ${suite.api.key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const post = (headers, body = '') => `POST /v1/leads/create HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`;
  const get = (headers) => `GET /livez HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`;

  // What stands behind each of them must never be read as a request.
  const smugglers = [
    ['a length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400],
    ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'), 400],
    ['two lengths', post('Content-Length: 0\r\nContent-Length: 5', 'abcde'), 400],
    ['a list of lengths', post('Content-Length: 0, 5', 'abcde'), 400],
    ['a length with a plus', post('Content-Length: +0'), 400],
    ['a length with a blank inside', post('Content-Length: 0 0'), 400],
    ['a length in another notation', post('Content-Length: 0x0'), 400],
    ['a blank before the colon', post('Content-Length : 0'), 400],
    ['a tab before the colon', post('Transfer-Encoding\t: chunked', '0\r\n\r\n'), 400],
    ['a folded Transfer-Encoding', post('Transfer-Encoding:\r\n chunked', '0\r\n\r\n'), 400],
    ['a vertical tab around chunked', post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n'), [400, 501]],
    ['chunked in quotes', post('Transfer-Encoding: "chunked"', '0\r\n\r\n'), [400, 501]],
    ['chunked twice', post('Transfer-Encoding: chunked, chunked', '0\r\n\r\n'), [400, 501]],
    ['chunked before identity', post('Transfer-Encoding: chunked, identity', '0\r\n\r\n'), [400, 501]],
    ['a Transfer-Encoding nobody knows', post('Transfer-Encoding: cow', '0\r\n\r\n'), 501],
    ['a Transfer-Encoding hidden behind a line feed', post('X: y\nTransfer-Encoding: chunked', '0\r\n\r\n'), 400],
    ['a Transfer-Encoding hidden behind a carriage return', post('X: y\rTransfer-Encoding: chunked', '0\r\n\r\n'), 400],
    ['a NUL in a header', get('X: a\0b'), 400],
    ['a NUL in a header\'s name', get('X\0: a'), 400],
    ['a chunk size with a sign', post('Transfer-Encoding: chunked', '+0\r\n\r\n'), 400],
    ['a chunk size with 0x', post('Transfer-Encoding: chunked', '0x0\r\n\r\n'), 400],
    ['a chunk size beyond 64 bits', post('Transfer-Encoding: chunked', '10000000000000000\r\n\r\n'), 400],
    ['a chunk size that ends in a line feed', post('Transfer-Encoding: chunked', '0\n\n'), 400],
    ['a chunk longer than it says', post('Transfer-Encoding: chunked', '1\r\nabc\r\n0\r\n\r\n'), 400],
    ['a chunk extension with a line feed', post('Transfer-Encoding: chunked', '1;a\nb\r\nx\r\n0\r\n\r\n'), 400],
    ['line feeds alone', 'GET /livez HTTP/1.1\nHost: x\n\n', 400],
    ['an absolute target', `GET http://x/livez HTTP/1.1\r\nHost: x\r\n\r\n`, 400],
    ['CONNECT', 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n', 400],
    ['HTTP/0.9', 'GET /livez\r\n\r\n', 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
    ['HTTP/1.1 with chunks said in HTTP/1.0', 'POST /v1/leads/create HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['two Hosts', get('Host: y'), 400],
    ['no Host', 'GET /livez HTTP/1.1\r\n\r\n', 400],
    ['a TLS hello', Buffer.from('160301020001000001fc0303', 'hex'), 400],
    ['a header of 20,000 bytes', get(`X-Long: ${'x'.repeat(20_000)}`), 431],
    ['129 headers', get(Array.from({length: 129}, (_, i) => `X-${i}: 1`).join('\r\n')), 431],
    ['a body of 2 MiB', post(`Content-Type: application/json\r\nContent-Length: ${2 * MiB}`), [401, 413]],
    ['an expectation nobody knows', post('Expect: miracles\r\nContent-Length: 0'), 417],
  ];
  for (const [name, bytes, status] of smugglers) {
    test(`With ${name} a request is refused, and what stands behind it is not served`, async () => {
      const phone = newPhone();
      const answer = await ask(suite.server, Buffer.concat([Buffer.from(bytes, 'latin1'), Buffer.from(`\r\n\r\n${smuggled(phone)}`)]));
      const told = statuses(answer);
      assert.equal(told.length, 1, answer);
      assert.ok([status].flat().includes(told[0]), answer.slice(0, 300));
      assert.match(answer, /\r\nConnection: close\r\n/);
      assert.match(answer, /\r\nContent-Type: application\/problem\+json\r\n/);
      assert.equal(JSON.parse(bodyOf(answer)).status, told[0]);
      await suite.api.get(`/v1/leads/lookup?phone=${encodeURIComponent(phone)}`, {status: 404});
    });
  }

  test('What the requests above hide is a request that would be served', async () => {
    const phone = newPhone();
    const client = open(suite.server);
    client.socket.write(smuggled(phone));
    await client.until((text) => statuses(text)[0] === 201 || statuses(text)[0] === 200, 'the answer');
    client.socket.destroy();
    await suite.api.get(`/v1/leads/lookup?phone=${encodeURIComponent(phone)}`);
  });

  test('Requests sent at once are answered one by one, in their order, up to the first that is refused', async () => {
    const client = open(suite.server);
    const key = `x-api-key: ${suite.api.key}`;
    const phones = Array.from({length: 20}, newPhone);
    client.socket.write(phones.map(smuggled).join('') + `GET /v1/leads?limit=1 HTTP/1.1\r\nHost: x\r\n${key}\r\n\r\n` + get('X : y') + phones.map(smuggled).join(''));
    const answer = await client.closed();
    assert.deepEqual(statuses(answer).slice(-2), [200, 400]);
    assert.equal(statuses(answer).length, phones.length + 2);
    const order = [...answer.matchAll(/"phone":"(\+\d+)"/g)].map(([, phone]) => phone);
    assert.deepEqual([...new Set(order)].slice(0, phones.length), phones);
  });

  test('Bodies made to cost much are refused, and others are served meanwhile', async () => {
    const large = 1_000_000;
    const costly = [
      ['deep arrays', '['.repeat(large), 413],
      ['deep objects', '{"a":'.repeat(100_000), 413],
      ['eighty thousand keys', `{${Array.from({length: 80_000}, (_, i) => `"k${i}":1`).join()}}`, 422],
      ['a key many times', `{${'"a":1,'.repeat(100_000)}"a":1}`, 400],
      ['a long number', `{"phone": ${'9'.repeat(large)}}`, [400, 422]],
      ['a number beyond all doubles', '{"phone": 1e999999}', 400],
      ['a long text', `{"phone": "${'9'.repeat(large)}"}`, 422],
      ['escapes without end', `{"phone": "${'\\u0000'.repeat(160_000)}"}`, 422],
      ['half a surrogate', '{"phone": "\\ud800"}', 400],
      ['bytes that are no UTF-8', Buffer.concat([Buffer.from('{"phone": "'), Buffer.alloc(100_000, 0xff), Buffer.from('"}')]), 400],
      ['a byte order mark', Buffer.from('\ufeff{"phone": "+15555550100"}'), 400],
    ];
    await Promise.all([
      ...costly.map(async ([name, raw, status]) => {
        const answer = await suite.api.call('POST', '/v1/leads/create', {raw, status: undefined}).catch((error) => error);
        const told = Number(/got (\d{3})/.exec(answer.message)?.[1]);
        assert.ok([status].flat().includes(told), `${name}: ${answer.message}`);
      }),
      inParallel(50, 5, () => suite.api.post('/v1/leads/create', {phone: newPhone()})),
    ]);
    assert.ok(peakMemory(suite.server) < MOST_MEMORY, `${peakMemory(suite.server) / MiB} MiB`);
  });
});

test('A crowd that opens connections and says little is borne up to the limit, which is told; then there is room again', async (t) => {
  const limit = 1500;
  const {server, api} = await freshServer(t, {args: ['--max-connections', String(limit)]});
  const others = open(server);  // a client that was there before
  await others.connected;
  const livez = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n';
  const beginnings = ['', 'G', 'GET /livez HTTP/1.1\r\nX-Slow: ', 'POST /v1/leads/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{',
    'POST /v1/leads/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'];
  const crowd = [];
  const refusal = async () => {
    // The crowd is let in one after another until one is told that it is one too many.
    for (let i = 0; i < limit + 100; i++) {
      const client = open(server);
      crowd.push(client);
      await client.connected;
      if (crowd.length < limit - 20) { client.socket.write(beginnings[i % beginnings.length]); continue; }
      client.socket.write(livez);
      const told = statuses(await client.until((text) => text.includes('\r\n\r\n'), 'an answer'));
      if (told[0] === 503) return client;
      assert.deepEqual(told, [200]);
    }
    throw new Error('the limit was never reached');
  };
  const refused = await refusal();
  const text = await refused.closed();
  assert.match(text, /\r\nRetry-After: 1\r\n/);
  assert.match(text, /\r\nConnection: close\r\n/);
  assert.match(JSON.parse(bodyOf(text)).detail, /as many connections as it takes/);
  assert.ok(crowd.length <= limit + 1, `${crowd.length} were let in`);
  others.socket.write(livez);
  await others.until((told) => statuses(told)[0] === 200, 'an answer to one who was there before');
  assert.ok(peakMemory(server) < MOST_MEMORY, `${peakMemory(server) / MiB} MiB`);
  t.diagnostic(`${limit} connections; the server took ${Math.round(peakMemory(server) / MiB)} MiB at its worst`);

  for (const {socket} of crowd) socket.resetAndDestroy();
  const answered = await eventually(() => api.get('/livez').catch(() => undefined), (answer) => answer !== undefined, 'room for others');
  assert.equal(answered.status, 200);
  others.socket.destroy();
});

// UBSan opens a pipe to see whether an object can be read, and takes having no descriptor for a wrong object.
const noDescriptors = {skip: process.env.DELTAPOST_SANITIZE?.includes('undefined') && 'UBSan needs descriptors of its own'};

test('A crowd that uses up all descriptors makes others wait, and nothing else', noDescriptors, async (t) => {
  const {server, api} = await freshServer(t);
  const lead = (await api.post('/v1/leads/create', {phone: newPhone()})).body.id;
  const spare = 20;
  const descriptors = () => readdirSync(`/proc/${server.process.pid}/fd`).length;
  const inUse = descriptors();
  const limited = spawnSync('prlimit', ['--pid', String(server.process.pid), `--nofile=${inUse + spare}:`], {encoding: 'utf8'});
  assert.equal(limited.status, 0, limited.stderr);
  const crowd = Array.from({length: 4 * spare}, () => open(server));
  await Promise.all(crowd.map(({connected}) => connected));  // by the kernel, which lets them queue
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await eventually(() => turn().then(descriptors), (count) => count >= inUse + spare, 'the last descriptor to be used');
  const written = api.patch(`/v1/leads/${lead}`, {firstName: 'Patient'});  // waits in the queue, behind the crowd
  for (const {socket} of crowd) socket.resetAndDestroy();
  assert.equal((await written).body.lead.firstName, 'Patient');
  assert.equal((await api.get(`/v1/leads/${lead}`)).body.firstName, 'Patient');
  await server.stop('SIGTERM').then(({code}) => assert.equal(code, 0));
});
