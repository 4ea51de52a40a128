// The server under test, started as its users start it, and a client whose every answer is held against openapi.yaml.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync, watch} from 'node:fs';
import {connect} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before} from 'node:test';
import {checkAnswer} from './contract.mjs';

export const binary = process.env.DELTAPOST_BIN;
assert.ok(binary && existsSync(binary), 'DELTAPOST_BIN must name the built deltapost');

/** How many times the time and memory of the plain program a build with a sanitizer may take. */
export const SANITIZER_FACTOR = Number(process.env.DELTAPOST_PATIENCE ?? 1);

/** How long a test waits for what must happen. Far beyond what it takes, for machines that are busy. */
export const DEADLINE_MS = 90_000 * SANITIZER_FACTOR;

/** Rejects when `promise` has not settled by the deadline, and says what was waited for. */
export function within(promise, what, ms = DEADLINE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${typeof what === 'function' ? what() : what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Asks again until `accept` likes the answer: for what the server does after it has answered. */
export async function eventually(ask, accept, what) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (accept(answer)) return answer;
    assert.ok(Date.now() < end, `waited in vain for ${what}; last: ${JSON.stringify(answer).slice(0, 800)}`);
  }
}

/** What an endpoint (`at`: its path) was sent last, once it was sent anything. */
export async function newestDelivery(api, at) {
  const [delivery] = await eventually(async () => (await api.get(`${at}/deliveries`)).body.deliveries, (all) => all.length > 0, 'a delivery');
  return delivery;
}

export function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'deltapost-e2e-'));
  t?.after(() => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** Ours, without the variables that the server would take for its own settings. */
export function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DELTAPOST_')));
}

/** Runs `deltapost …` to its end. */
export function run(...args) {
  return runUnder([], ...args);
}

/** The same, started by another program: `wrap` is its name and arguments. */
export function runUnder(wrap, ...args) {
  const [program, ...rest] = [...wrap, binary, ...args];
  return spawnSync(program, rest, {encoding: 'utf8', timeout: DEADLINE_MS, env: environment()});
}

/** What starts a server whose syncs can fail or wait (tests/support/failing_sync.c), as Server.start takes it. */
export function withTroubledSync(variables) {
  const shim = process.env.DELTAPOST_FAILING_SYNC;
  assert.ok(shim && existsSync(shim), 'DELTAPOST_FAILING_SYNC must name the built shim');
  const all = {LD_PRELOAD: shim, ASAN_OPTIONS: 'verify_asan_link_order=0', ...variables};
  return ['env', ...Object.entries(all).map(([name, value]) => `${name}=${value}`)];
}

export class Server {
  /**
   * `folder` holds the store and outlives the server, so that another one can go on from it; `store` is another place
   * for it. `wrap` starts the server through another program, which must become it (exec).
   */
  static async start(folder, {args = [], allow = '127.0.0.0/8', env = {}, store = join(folder, 'deltapost.db'), wrap = []} = {}) {
    const server = new Server();
    server.folder = folder;
    server.store = store;
    const portFile = join(folder, 'port');
    rmSync(portFile, {force: true});
    const command = ['serve', '--store', store, '--listen', '127.0.0.1:0', '--port-file', portFile];
    if (allow) command.push('--allow-network', allow);
    const bound = portWritten(folder, portFile);
    const [program, ...rest] = [...wrap, binary, ...command, ...args];
    server.process = spawn(program, rest, {env: {...environment(), ...env}, stdio: ['ignore', 'pipe', 'pipe']});
    server.output = '';
    const adminKey = new Promise((resolve) => {
      for (const stream of [server.process.stdout, server.process.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          server.output += text;
          const key = /^admin key: (dp_\S+)/m.exec(server.output);
          if (key) resolve(key[1]);
        });
      }
    });
    server.exited = new Promise((resolve) => server.process.once('exit', (code, signal) => resolve({code, signal})));
    const died = server.exited.then(({code, signal}) => {
      throw new Error(`the server ended with ${code ?? signal} before it was ready:\n${server.output}`);
    });
    died.catch(() => {});
    server.port = await within(Promise.race([bound.port, died]), () => `the port file; output so far:\n${server.output}`).finally(bound.close);
    server.url = `http://127.0.0.1:${server.port}`;
    server.adminKey = () => within(adminKey, () => `the admin key; output so far:\n${server.output}`);
    return server;
  }

  /** Sends the signal and gives {code, signal} once the process has ended. */
  stop(signal = 'SIGTERM') {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    return within(this.exited, `the end of the server after ${signal}`);
  }
}

function portWritten(folder, file) {
  let watcher;
  const port = new Promise((resolve, reject) => {
    const look = () => {
      const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
      if (/^\d+$/.test(text)) resolve(Number(text));
    };
    watcher = watch(folder, look);
    watcher.on('error', reject);
  });
  return {port, close: () => watcher.close()};
}

/** What was answered, over all clients of this process: which operations gave which statuses, and the texts. */
export const seen = {operations: new Map(), answers: []};

export class Client {
  constructor(server, key) {
    this.server = server;
    this.key = key;
  }

  /**
   * Sends a request and checks the answer against the contract. `status` is the one expected, or a list (any 2xx without it),
   * `raw` a body that is sent as it is. Gives {status, headers, text, body}.
   */
  async call(method, path, {body, raw, headers = {}, status, key = this.key, signal} = {}) {
    const request = {method, headers: {...headers}, signal, redirect: 'manual'};
    const sent = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    if (key && !sent.has('authorization') && !sent.has('x-api-key')) request.headers.authorization = `Bearer ${key}`;
    if (raw !== undefined) request.body = raw;
    if (body !== undefined) request.body = JSON.stringify(body);
    if (request.body !== undefined && !sent.has('content-type')) request.headers['content-type'] = 'application/json';
    const response = await within(fetch(this.server.url + path, request), `an answer to ${method} ${path}`);
    const text = await response.text();
    const answer = {status: response.status, headers: response.headers, text, body: undefined};
    if (/json/.test(response.headers.get('content-type') ?? '')) answer.body = JSON.parse(text);
    const entry = checkAnswer(method, path, answer);
    if (entry) {
      const id = entry.operation.operationId;
      if (!seen.operations.has(id)) seen.operations.set(id, new Set());
      seen.operations.get(id).add(answer.status);
      seen.answers.push({operation: id, status: answer.status, text, path});
    }
    const wanted = status === undefined ? answer.status >= 200 && answer.status < 300 : [status].flat().includes(answer.status);
    assert.ok(wanted, `${method} ${path}: expected ${status ?? '2xx'}, got ${answer.status} ${text.slice(0, 800)}`);
    return answer;
  }

  get(path, options) { return this.call('GET', path, options); }
  post(path, body, options) { return this.call('POST', path, {body, ...options}); }
  put(path, body, options) { return this.call('PUT', path, {body, ...options}); }
  patch(path, body, options) { return this.call('PATCH', path, {body, ...options}); }
  delete(path, options) { return this.call('DELETE', path, options); }
  with(key) { return new Client(this.server, key); }

  /** All changes of the account so far. */
  async allChanges(query = '') {
    const changes = [];
    for (let after = '';;) {
      const page = (await this.get(`/v1/changes?limit=1000${query}${after && `&after=${encodeURIComponent(after)}`}`)).body;
      if (page.changes.length === 0) return changes;
      changes.push(...page.changes);
      after = page.next;
    }
  }
}

/** A fresh server with its first admin's client, both gone after the test. */
export async function freshServer(t, options = {}) {
  const server = await Server.start(temporaryFolder(t), options);
  t.after(() => server.stop('SIGKILL'));
  return {server, api: new Client(server, await server.adminKey())};
}

/** The same for all tests of a describe block: call it there; {server, api} are set before the first test. */
export function suiteServer(options = {}) {
  const suite = {};
  before(async () => {
    suite.folder = temporaryFolder();
    suite.server = await Server.start(suite.folder, options);
    suite.api = new Client(suite.server, await suite.server.adminKey());
  });
  after(async () => {
    await suite.server?.stop('SIGKILL');
    rmSync(suite.folder, {recursive: true, force: true});
  });
  return suite;
}

let numbers = 0;
/** A phone that no other lead of this process has. */
export const newPhone = () => `+1555${String(1_000_000 + numbers++)}`;

/** Runs `work(i)` for i in 0 … count-1, `width` at a time. */
export async function inParallel(count, width, work) {
  let next = 0;
  await Promise.all(Array.from({length: width}, async () => {
    while (next < count) await work(next++);
  }));
}

/**
 * Posts a body that is too large, over a plain socket: 1.5 MiB of it, and then waits for the answer, as a client does that
 * listens while it writes. (One that does not may find the connection reset before it has read the answer.)
 */
export function postLarge(server, path, {body, chunked = false, headers = {}}) {
  const lines = [`POST ${path} HTTP/1.1`, 'Host: deltapost', 'Content-Type: application/json',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`];
  const begin = `${lines.join('\r\n')}\r\n\r\n${chunked ? `${body.length.toString(16)}\r\n` : ''}`;
  const answer = new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (data) => {
      text += data;
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: *(\d+)/i.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      resolve({status: Number(text.slice(9, 12)), problem: JSON.parse(text.slice(end + 4))});
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed without an answer: ${text}`)));
    socket.write(begin + body.slice(0, 3 << 19));
  });
  return within(answer, 'the refusal of a large body');
}
