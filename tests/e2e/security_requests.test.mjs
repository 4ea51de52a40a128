// Requests that we send go where their endpoint says and nowhere else: no spelling, name, redirect, proxy or header leads them
// into a network of ours.
import assert from 'node:assert/strict';
import {lookup} from 'node:dns/promises';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {hostname} from 'node:os';
import {before, describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Client, Server, freshServer, newPhone, newestDelivery, suiteServer, temporaryFolder} from './support.mjs';

/** Hosts that are inside, in every spelling that some resolver takes. */
const INTERNAL = [
  // 127.0.0.1
  '127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f.1', '0x7f000001', '0x7F.0x0.0x0.0x1', '0177.0.0.1', '017700000001', '127.0.0.1.', '127.255.255.254',
  '[::1]', '[0:0:0:0:0:0:0:1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]',
  'localhost', 'LOCALHOST', 'localhost.', 'hooks.localhost', '0.0.0.0', '0', '[::]', '[::ffff:0:0]',
  // networks of one's own, carriers', clouds' metadata, and what belongs to nobody
  '10.0.0.8', '167772168', '0xa.8', '012.0.0.8', '172.16.0.1', '172.31.255.255', '192.168.1.1', '100.64.0.1', '169.254.169.254', '2852039166', '0xA9FEA9FE',
  '168.63.129.16', '192.0.0.192', '192.0.2.1', '192.88.99.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255',
  '[fd00:ec2::254]', '[fe80::1]', '[fc00::1]', '[ff02::1]', '[2001:db8::1]', '[2001::1]', '[3fff::1]', '[::ffff:10.0.0.8]', '[::ffff:169.254.169.254]',
];

/** URLs that mean something else to one reader than to another, or are not for us at all. */
const MISLEADING = [
  'file:///etc/passwd', 'gopher://hooks.example.com/_x', 'ftp://hooks.example.com/', 'dict://hooks.example.com:11211/', 'ldap://hooks.example.com/', 'javascript:alert(1)', 'data:,x',
  'unix:///run/docker.sock', 'http+unix://%2Frun%2Fdocker.sock/', '//hooks.example.com/', 'hooks.example.com/', 'http:hooks.example.com', 'http:///hooks.example.com', 'https://', '',
  'https://user:password@hooks.example.com/', 'https://user@hooks.example.com/', 'https://@hooks.example.com/', 'http://hooks.example.com@127.0.0.1/', 'http://127.0.0.1@hooks.example.com/',
  'http://127.0.0.1\\@hooks.example.com/', 'http://hooks.example.com\\.internal/', 'http://127.0.0.1#@hooks.example.com/', 'https://hooks.example.com/#fragment',
  'http://127.0.0.1%2f.example.com/', 'http://%31%32%37.0.0.1/', 'http://%6cocalhost/', 'http://hooks.example.com%00.internal/', 'http://①②⑦.⓪.⓪.①/', 'http://127。0。0。1/', 'http://ⓛocalhost/',
  'http://[::1', 'http://[fe80::1%25eth0]/', 'http://[v1.x]/', 'http://256.0.0.1/', 'http://1.2.3.4.5/', 'http://0x7g.1/', 'http://127.0.0.1:0x50/',
  'http://hooks.example.com:0/', 'http://hooks.example.com:65536/', 'http://hooks.example.com:80:80/', 'http://hooks.example.com:-1/',
  ' https://hooks.example.com/', 'https://hooks.example.com/ ', 'https://hooks.exam ple.com/', 'https://hooks.example.com/\r\nX-A: b', 'https://hooks.example.com/\u0000', 'https://hooks.example.com/\t',
];

describe('An endpoint', () => {
  const suite = suiteServer({allow: ''});
  let good;
  before(async () => {
    good = (await suite.api.post('/v1/endpoints', {url: 'https://hooks.example.com/in', state: 'paused'}, {status: 201})).body.endpoint;
  });

  async function refused(url, detail) {
    const {api} = suite;
    for (const ask of [() => api.post('/v1/endpoints', {url}, {status: 422}), () => api.patch(`/v1/endpoints/${good.id}`, {url}, {status: 422})]) {
      const {body} = await ask();
      assert.equal(body.field, 'url', JSON.stringify(url));
      assert.match(body.detail, detail, JSON.stringify(url));
    }
  }

  test('is not made or moved to an internal address, however it is written', async () => {
    for (const host of INTERNAL) {
      for (const url of [`http://${host}/hook`, `https://${host}:8443/hook`]) await refused(url, /internal|neither a name nor an address/);
    }
    await refused('http://127.0.0.1/', /public host.*--allow-network/);
  });

  test('is not made with a URL that means something else to another reader', async () => {
    for (const url of MISLEADING) await refused(url, /./);
  });

  test('is as it was after all that', async () => {
    const {endpoints} = (await suite.api.get('/v1/endpoints')).body;
    assert.deepEqual(endpoints, [good]);
  });

  test('takes no header that is ours, is about the connection, or breaks the line', async () => {
    const {api} = suite;
    const names = ['Host', 'host', 'Content-Length', 'Content-Type', 'Transfer-Encoding', 'Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'Upgrade', 'Expect', 'User-Agent',
      'webhook-id', 'Webhook-Signature', 'webhook-timestamp', 'webhook-anything', 'X-Signature-SHA256', 'Deltapost-Event', 'deltapost-attempt', 'X A', 'X:A', 'X\r\nA', 'X\u0000A', 'Xä', ''];
    for (const name of names) {
      for (const ask of [() => api.post('/v1/endpoints', {url: good.url, headers: {[name]: 'x'}}, {status: 422}), () => api.patch(`/v1/endpoints/${good.id}`, {headers: {[name]: 'x'}}, {status: 422})]) {
        assert.equal((await ask()).body.field, `headers.${name}`);
      }
    }
    for (const value of ['a\r\nHost: b', 'a\nb', 'a\rb', 'a\u0000b', 'a\u007fb', 7, null, ['a']]) {
      assert.equal((await api.post('/v1/endpoints', {url: good.url, headers: {'X-A': value}}, {status: 422})).body.field, 'headers.X-A', JSON.stringify(value));
    }
  });
});

/** A name of this machine that no list of ours knows, and that leads inside. */
async function innerName() {
  const written = readFileSync('/etc/hosts', 'utf8').split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  for (const name of [hostname(), ...written]) {
    if (/^(.*\.)?localhost$/.test(name)) continue;
    const found = await lookup(name, {family: 4}).catch(() => undefined);
    if (found && /^(127|10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(found.address)) return {name, address: found.address};
  }
  throw new Error('this machine has no name that leads to an internal address; give it one in /etc/hosts');
}

/** Counts who connects. */
async function trap(t, address = '127.0.0.1') {
  const caught = {connections: 0};
  const server = createServer((socket) => { caught.connections++; socket.destroy(); });
  await new Promise((resolve) => server.listen(0, address, resolve));
  t.after(() => server.close());
  return Object.assign(caught, {port: server.address().port});
}

test('A name that leads inside is refused when it is resolved, and nothing is sent', async (t) => {
  const {api} = await freshServer(t, {allow: ''});
  const {name, address} = await innerName();
  const inside = await trap(t, address);
  const {endpoint} = (await api.post('/v1/endpoints', {url: `http://${name}:${inside.port}/hook`, events: ['lead.created']}, {status: 201})).body;
  const {body} = await api.post(`/v1/endpoints/${endpoint.id}/test`);
  assert.equal(body.status, null);
  assert.match(body.error, new RegExp(`${address.replaceAll('.', '\\.')} is internal and not allowed`));
  await api.post('/v1/leads/create', {phone: newPhone()});
  const delivery = await newestDelivery(api, `/v1/endpoints/${endpoint.id}`);
  assert.equal(delivery.state, 'retrying');
  assert.equal(inside.connections, 0);
});

test('An address that was allowed is judged again at every connect', async (t) => {
  const folder = temporaryFolder(t);
  const receiver = await Receiver.start(t);
  const open = await Server.start(folder);
  t.after(() => open.stop('SIGKILL'));
  const api = new Client(open, await open.adminKey());
  const {endpoint} = (await api.post('/v1/endpoints', {url: receiver.url}, {status: 201})).body;
  assert.equal((await api.post(`/v1/endpoints/${endpoint.id}/test`)).body.status, 200);
  await open.stop();
  const closed = await Server.start(folder, {allow: '127.0.0.2/32'});
  t.after(() => closed.stop('SIGKILL'));
  const again = new Client(closed, api.key);
  assert.match((await again.post(`/v1/endpoints/${endpoint.id}/test`)).body.error, /127\.0\.0\.1 is internal and not allowed/);
  assert.equal(receiver.requests.length, 1);
});

test('A redirect is a failure and is not followed', async (t) => {
  const {api} = await freshServer(t);
  const inside = await trap(t);
  let status;
  const receiver = await Receiver.start(t, () => ({status, headers: {location: `http://127.0.0.1:${inside.port}/latest/meta-data`}}));
  const {endpoint} = (await api.post('/v1/endpoints', {url: receiver.url, events: ['lead.created']}, {status: 201})).body;
  for (status of [300, 301, 302, 303, 307, 308]) assert.equal((await api.post(`/v1/endpoints/${endpoint.id}/test`)).body.status, status);
  await api.post('/v1/leads/create', {phone: newPhone()});
  const delivery = await newestDelivery(api, `/v1/endpoints/${endpoint.id}`);
  assert.equal(delivery.state, 'retrying');
  assert.equal(inside.connections, 0);
});

test('Proxies of the environment are not used', async (t) => {
  const proxy = await trap(t);
  const url = `http://127.0.0.1:${proxy.port}`;
  const env = Object.fromEntries(['http_proxy', 'https_proxy', 'all_proxy'].flatMap((name) => [[name, url], [name.toUpperCase(), url]]));
  const {api} = await freshServer(t, {env: {...env, no_proxy: '', NO_PROXY: ''}});
  const receiver = await Receiver.start(t);
  const {endpoint} = (await api.post('/v1/endpoints', {url: receiver.url}, {status: 201})).body;
  assert.equal((await api.post(`/v1/endpoints/${endpoint.id}/test`)).body.status, 200);
  assert.equal(receiver.requests.length, 1);
  assert.equal(proxy.connections, 0);
});

test('A server that allows every network says so loudly, and one that allows none does not', async (t) => {
  const {server} = await freshServer(t, {allow: '0.0.0.0/0'});
  assert.match(server.output, /warn .*allow_network opens every network/);
  assert.ok(!(await freshServer(t, {allow: '127.0.0.0/8'})).server.output.includes('warn'));
});
