// What the conformance suite sends, and the server that it ends and starts again.
import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {connect} from 'node:net';
import {join} from 'node:path';
import {Observer} from './observer.mjs';
import {Sender, tick} from './senders.mjs';
import {Client, Server, newPhone, run, temporaryFolder, within} from './support.mjs';

export const FIELD = 'additionalInfo.state';
export const SIGNED = {format: 'apten', verifier: 'standard'};
/** Without times, so that nothing but the event id tells an old event that comes again. */
export const UNDATED = {format: 'generic', verifier: 'standard', mapping: {delta: true, eventId: '/event', id: '/lead', fields: {phone: '/phone', [FIELD]: '/state'}}};

let leads = 0;
export const newLead = () => ({leadId: `conform_${leads++}`, phone: newPhone()});
export const event = (who, old, now, more) => ({
  event: 'lead.additionalInfo.updated', eventId: randomUUID(), timestamp: tick(), data: {...who, additionalInfo: {state: {old, new: now}}}, ...more,
});
export const created = (who = newLead()) => event(who, null, 'CA');
export const again = (count, verdict) => Array(count).fill(verdict);

/** A server that can be ended and started again on its store, with its sender and observer. */
export class Restarting {
  static async start(t) {
    const it = Object.assign(new Restarting(), {t, folder: temporaryFolder(t)});
    it.server = await Server.start(it.folder);
    it.key = await it.server.adminKey();
    t.after(() => it.server.stop('SIGKILL'));
    it.connect();
    return it;
  }
  async source(input = SIGNED) { return (this.sender = await Sender.create(this.api, input)); }
  async again() {
    this.server = await Server.start(this.folder);
    this.connect();
  }
  connect() {
    this.api = new Client(this.server, this.key);
    if (this.sender) this.sender.api = this.api;
    this.observer?.stop();
    this.observer = Observer.start(this.t, this);
  }
  /** The verdict; undefined when there was no answer, or one that says to come again. */
  async post(body) {
    try {
      return (await this.sender.send(body)).body.verdict;
    } catch (error) {
      if (error instanceof assert.AssertionError && !/got 503/.test(error.message)) throw error;
      return undefined;
    }
  }
  async isSound() {
    assert.equal((await this.server.stop()).code, 0);
    const {status, stdout, stderr} = run('verify', '--store', join(this.folder, 'deltapost.db'));
    assert.equal(status, 0, `${stdout}${stderr}`);
  }
}

/** Writes to a connection of its own what is given, and gives the socket once it is written. Nothing is read. */
export function write(server, ...parts) {
  return within(new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))), () => resolve(socket)));
    socket.pause().on('error', reject);
  }), 'a connection');
}
export const head = (sender, headers) =>
  `POST ${sender.path} HTTP/1.1\r\nHost: deltapost\r\nContent-Type: application/json\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
