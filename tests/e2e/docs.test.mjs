// What the documentation tells people to type does what it says, and its links lead somewhere.
import assert from 'node:assert/strict';
import {execFile, execFileSync, spawn} from 'node:child_process';
import {existsSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {StandardWebhook} from './peers.mjs';
import {Receiver} from './receiver.mjs';
import {Client, binary, environment, eventually, freshServer, newPhone, run, suiteServer, temporaryFolder, within} from './support.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = [...readdirSync(root), ...readdirSync(join(root, 'docs'), {recursive: true}).map((file) => join('docs', file))]
  .filter((file) => file.endsWith('.md'));
const text = (page) => readFileSync(join(root, page), 'utf8');

/** Fenced blocks of a language, with continued lines joined. */
const blocks = (page, language) =>
  [...text(page).matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code]) => code.replace(/\\\n\s*/g, ' '));
const inline = (page) => [...text(page).replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);

const shell = async (command, env) =>
  (await promisify(execFile)('bash', ['-c', command], {encoding: 'utf8', env: {...environment(), ...env}})).stdout;

/** `deltapost listen`, and what it has printed. */
async function listen(t, ...args) {
  const child = spawn(binary, ['listen', '--port', '0', ...args], {env: environment(), stdio: ['ignore', 'pipe', 'inherit']});
  t.after(() => child.kill());
  const listener = {output: '', waiting: new Set()};
  child.stdout.setEncoding('utf8').on('data', (data) => {
    listener.output += data;
    for (const look of listener.waiting) look();
  });
  listener.until = (pattern) => within(new Promise((resolve) => {
    const look = () => { if (pattern.test(listener.output)) resolve(pattern.exec(listener.output)); };
    listener.waiting.add(look);
    look();
  }), () => `${pattern} in what deltapost listen prints: ${listener.output}`);
  [, listener.port] = await listener.until(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
  return listener;
}

test('Every relative link leads to a file', () => {
  assert.ok(pages.length > 10, `${pages}`);
  const broken = pages.flatMap((page) => [...text(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link)
    .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(page), link)))
    .map((link) => `${page}: ${link}`));
  assert.deepEqual(broken, []);
});

test('Every deltapost command that is mentioned exists, with the flags it is given', () => {
  const seen = new Set();
  for (const page of pages) {
    const lines = [...blocks(page, 'sh').flatMap((code) => code.split('\n')), ...inline(page)];
    for (const line of lines) {
      const [, rest] = /^(?:[A-Z_]+=\S+ )?(?:build\/release\/)?deltapost ([^#|]*)/.exec(line) ?? [];
      if (!rest) continue;
      const words = rest.trim().split(/\s+/);
      const end = words.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('--'));
      const command = words.slice(0, end < 0 ? words.length : end);
      const {status, stdout, stderr} = run(...command, '--help');
      assert.equal(status, 0, `${page}: deltapost ${command.join(' ')}: ${stderr}`);
      for (const flag of words.filter((word) => word.startsWith('--'))) {
        assert.ok(`${stdout} --help`.includes(flag.split('=')[0]), `${page}: ${flag} is no flag of deltapost ${command.join(' ')}`);
      }
      seen.add(command.join(' '));
    }
  }
  assert.ok(seen.size > 8, [...seen].join(', '));
});

describe('README', () => {
  test('Its commands, one after the other on a new server, do what it says', async (t) => {
    const {server, api} = await freshServer(t);
    const listener = await listen(t);
    const [block] = blocks('README.md', 'sh').filter((code) => code.includes('curl'));
    const calls = block.split('\n').filter((line) => line.startsWith('curl'));
    assert.equal(calls.length, 3);
    let lead;
    for (const call of calls) {
      const concrete = call.replaceAll('localhost:8080', `127.0.0.1:${server.port}`).replaceAll('127.0.0.1:9000', `127.0.0.1:${listener.port}`)
        .replaceAll('LEAD_ID', lead ?? 'LEAD_ID');
      const answer = JSON.parse(await shell(concrete, {DELTAPOST_KEY: api.key}));
      assert.ok(!answer.type, JSON.stringify(answer));
      lead = answer.id ?? lead;
    }
    await listener.until(/insuranceProvider[^]*insuranceProvider/);
    assert.match(listener.output, /Aetna/);

    const deltapost = (command) =>
      shell(`cd "${root}"; deltapost() { "${binary}" "$@"; }; ${command}`, {DELTAPOST_URL: server.url, DELTAPOST_KEY: api.key});
    const [create] = inline('README.md').filter((code) => code.startsWith('deltapost lead create'));
    assert.equal(JSON.parse(await deltapost(create)).version, 1);

    const [sources] = blocks('README.md', 'sh').filter((code) => code.includes('deltapost source create'));
    const answers = new Map();
    for (const line of sources.trim().split('\n')) {
      const created = answers.get('source create');
      const answer = await deltapost(created ? line.replace('SOURCE_ID', JSON.parse(created).source.id) : line);
      answers.set(line.split(' ').slice(1, 3).join(' '), answer);
    }
    assert.deepEqual(JSON.parse(answers.get('receipt list')).receipts.map(({verdict}) => verdict), ['duplicate', 'accepted']);
    const {timeline} = JSON.parse(answers.get('lead timeline'));
    assert.deepEqual(timeline.map((entry) => entry.change?.version ?? entry.receipt.verdict), ['duplicate', 1]);
  });

  test('deltapost listen verifies with the secret it is given', async (t) => {
    const {api} = await freshServer(t);
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    for (const [given, verdict] of [[secret, /lead\.created.* verified/], ['whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', /lead\.created.*NOT VERIFIED/]]) {
      const listener = await listen(t, '--secret', given);
      const {endpoint} = (await api.post('/v1/endpoints', {url: `http://127.0.0.1:${listener.port}/`, events: ['lead.created'], secret}, {status: 201})).body;
      await api.post('/v1/leads/create', {phone: newPhone()});
      await listener.until(verdict);
      await api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
    }
  });

  /** A real delivery, and the same with a byte changed. */
  async function delivery(t) {
    const {api} = await freshServer(t);
    const receiver = await Receiver.start(t);
    const {secret} = (await api.post('/v1/endpoints', {url: receiver.url}, {status: 201})).body;
    await api.post('/v1/leads/create', {phone: newPhone(), firstName: 'Zoë'});
    const [{raw, headers}] = await receiver.count(1);
    const forged = Buffer.from(raw);
    forged[10] ^= 1;
    return {secret, raw, forged, headers};
  }

  test('The Node sample tells a real webhook from a forged one', async (t) => {
    const {secret, raw, forged, headers} = await delivery(t);
    const [code] = blocks('README.md', 'js');
    assert.match(code, /from "standardwebhooks"/);
    const body = code.replace(/^import .*$/m, '').replace('whsec_…', secret);
    const sample = new Function('Webhook', 'rawBody', 'request', `${body}; return event;`);
    assert.equal(sample(StandardWebhook, raw, {headers}).data.record.firstName, 'Zoë');
    assert.throws(() => sample(StandardWebhook, forged, {headers}));
  });

  test('The Python sample tells a real webhook from a forged one', async (t) => {
    const {secret, raw, forged, headers} = await delivery(t);
    const [code] = blocks('README.md', 'python');
    const verdict = (body) => execFileSync('python3', ['-c', `${code}
import json, sys
given = json.load(sys.stdin)
print(verify(given["secret"], given["headers"], base64.b64decode(given["body"])))`],
    {encoding: 'utf8', input: JSON.stringify({secret, headers, body: body.toString('base64')})}).trim();
    assert.equal(verdict(raw), 'True');
    assert.equal(verdict(forged), 'False');
  });

  test('The C++ sample tells a real webhook from a forged one', async (t) => {
    const {secret, raw, forged, headers} = await delivery(t);
    const folder = temporaryFolder(t);
    const [code] = blocks('README.md', 'cpp');
    const program = join(folder, 'sample');
    writeFileSync(`${program}.cpp`, `
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
${code}
std::string read(const char* file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
int main(int, char** argv) {
  std::cout << verify(read(argv[1]), argv[2], argv[3], argv[4], read(argv[5]));
}`);
    execFileSync('g++', ['-std=c++20', `${program}.cpp`, '-o', program, '-lcrypto'], {stdio: ['ignore', 'ignore', 'inherit']});
    writeFileSync(join(folder, 'key'), Buffer.from(secret.slice('whsec_'.length), 'base64'));
    const verdict = (body) => {
      writeFileSync(join(folder, 'body'), body);
      return execFileSync(program, [join(folder, 'key'), headers['webhook-id'], headers['webhook-timestamp'],
        headers['webhook-signature'], join(folder, 'body')], {encoding: 'utf8'});
    };
    assert.equal(verdict(raw), '1');
    assert.equal(verdict(forged), '0');
  });
});

describe('The command line', () => {
  const suite = suiteServer();
  const deltapost = async (command) => {
    const output = await shell(`deltapost() { "${binary}" "$@"; }; ${command}`, {DELTAPOST_URL: suite.server.url, DELTAPOST_KEY: suite.api.key});
    return output.trim() && JSON.parse(output);
  };

  test('docs/how-to/endpoints.md: each of its commands works', async (t) => {
    const receiver = await Receiver.start(t);
    const [create] = blocks('docs/how-to/endpoints.md', 'sh');
    const {endpoint, secret} = await deltapost(create);
    assert.deepEqual([endpoint.format, endpoint.events, endpoint.fields],
      ['apten', ['lead.additionalInfo.updated'], ['additionalInfo.insuranceProvider']]);
    assert.match(secret, /^whsec_/);
    await deltapost(`deltapost endpoint update ${endpoint.id} url=${receiver.url} format=standard events:='[]' fields:='[]'`);
    const lead = (await deltapost(`deltapost lead create phone=${newPhone()} additionalInfo.insuranceProvider=Aetna`)).id;
    const {deliveries: [{id}]} = await eventually(() => deltapost(`deltapost endpoint deliveries ${endpoint.id}`),
      ({deliveries}) => deliveries.length > 0, 'a delivery');
    const commands = inline('docs/how-to/endpoints.md').filter((code) => code.startsWith('deltapost '));
    assert.ok(commands.length >= 8, commands.join());
    for (const command of commands) {
      const answer = await deltapost(command.replace(/\bDELIVERY\b/, id).replace(/\bID\b/, endpoint.id));
      assert.ok(answer && !answer.type, `${command}: ${JSON.stringify(answer)}`);
      if (/ test /.test(command)) assert.equal(answer.status, 200);
    }
    assert.equal((await deltapost(`deltapost endpoint get ${endpoint.id}`)).state, 'paused');
    await deltapost(`deltapost endpoint delete ${endpoint.id}`);
    assert.equal((await deltapost(`deltapost lead get ${lead}`)).additionalInfo.insuranceProvider, 'Aetna');
  });

  test('Each verb of leads and contacts does what the route does', async () => {
    const phone = newPhone();
    const {id} = await deltapost(`deltapost lead create phone='${phone}' firstName=Maria`);
    assert.equal((await deltapost(`deltapost lead update ${id} additionalInfo.state=CA isHot:=true`)).lead.isHot, true);
    assert.equal((await deltapost(`deltapost lead update ${id} additionalInfo.state:=null`)).changed, true);
    assert.deepEqual((await deltapost(`deltapost lead tag ${id} tagIds:='["vip"]'`)).tags, [{id: 'vip', name: 'vip'}]);
    assert.equal((await deltapost(`deltapost lead find phone=${phone}`)).id, id);
    assert.deepEqual((await deltapost(`deltapost lead changes ${id} order=desc`)).changes.map(({version}) => version), [4, 3, 2, 1]);
    assert.equal((await deltapost(`deltapost lead delete ${id}`)).lead.deleted, true);
    assert.ok((await deltapost('deltapost lead list')).leads.some((lead) => lead.id === id));
    const contact = (await deltapost('deltapost contact create email=zogiji@example.com status=QUALIFIED')).data.contact.id;
    assert.equal((await deltapost(`deltapost contact update ${contact} country=PK`)).data.contact.country, 'PK');
    assert.equal((await deltapost('deltapost contact list statuses=QUALIFIED')).data.contacts.length, 1);
  });

  test('docs/how-to/run-a-server.md: keys and accounts are made as it says', async () => {
    const commands = inline('docs/how-to/run-a-server.md').filter((code) => /^deltapost (key|account) /.test(code));
    assert.equal(commands.length, 4);
    for (const command of commands) {
      const {key, account, entries} = await deltapost(command);
      if (key) await new Client(suite.server, key).get('/v1/account');
      else if (entries) assert.ok(entries.some(({action}) => action === 'api_key.created'), JSON.stringify(entries));
      else assert.deepEqual(account.retention, {receiptsDays: 30});
    }
  });

  test('A refusal is told on standard error, and the exit code says so', () => {
    const {status, stdout, stderr} = run('lead', 'create', 'phone=none', '--url', suite.server.url, '--api-key', suite.api.key);
    assert.notEqual(status, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /phone/);
  });
});
