// Endpoints that misbehave on the wire, each in one way, over plain sockets; and certificates that are not what they should be.
import {spawnSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {createServer} from 'node:net';
import {createServer as createTlsServer} from 'node:tls';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import assert from 'node:assert/strict';

const GiB = 1 << 30;
const bomb = gzipSync(Buffer.alloc(64 << 20));
const head = (...lines) => `${lines.join('\r\n')}\r\n\r\n`;

/** Calls `act(n)` for the n-th whole request on the connection. */
function onRequests(socket, act) {
  let text = '', count = 0;
  socket.setEncoding('latin1').on('data', (data) => {
    text += data;
    for (;;) {
      const end = text.indexOf('\r\n\r\n');
      const length = Number(/content-length: *(\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      text = text.slice(end + 4 + length);
      act(++count);
    }
  });
}

/** Writes `next()` as fast as the peer takes it, until it takes no more or `next` gives nothing. */
function pour(socket, next) {
  const more = () => {
    for (;;) {
      if (socket.destroyed) return;
      const piece = next();
      if (piece === undefined) return;
      if (!socket.write(piece)) return void socket.once('drain', more);
    }
  };
  more();
}

/** Answers a request with these bytes and leaves the connection open. */
const answering = (bytes) => (socket) => onRequests(socket, () => socket.write(bytes));
const closingAfter = (bytes) => (socket) => onRequests(socket, () => socket.end(bytes));
const withoutEnd = (begin, piece) => (socket) => onRequests(socket, () => {
  socket.write(begin);
  pour(socket, () => piece);
});
const dripping = (text, everyMs = 50) => (socket) => onRequests(socket, () => {
  let at = 0;
  const timer = setInterval(() => socket.write(text[at++ % text.length]), everyMs);
  socket.on('close', () => clearInterval(timer));
});

/**
 * name -> {serve(socket): what is done with each connection, error: what an attempt tells, status: that it tells}. Timeouts of
 * the endpoints are short where `slow`.
 */
export const faults = {
  'accepts and hangs': {serve: () => {}, slow: true, error: /^timed out after \d+ ms$/},
  'answers byte by byte': {serve: dripping('HTTP/1.1 200 OK\r\nX-Slow: '), slow: true, error: /^timed out after \d+ ms$/},
  'drips a body after a 200': {slow: true, error: /^timed out after \d+ ms$/,
    serve: (socket) => { socket.write(head('HTTP/1.1 200 OK', 'Content-Length: 1000000')); dripping('x')(socket); }},
  'closes without a byte': {serve: closingAfter(''), error: /closed before an answer/},
  'says goodbye before it is asked': {serve: (socket) => socket.end(), error: /closed before an answer|reset|broken pipe/},
  'closes after the headers': {serve: closingAfter(head('HTTP/1.1 200 OK', 'Content-Length: 10')), error: /closed in the middle of the answer/},
  'closes within a chunk': {serve: closingAfter(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}ff\r\nabc`), error: /closed in the middle of the answer/},
  'resets': {serve: (socket) => onRequests(socket, () => socket.resetAndDestroy()), error: /reset by peer/},
  'sends garbage': {serve: (socket) => onRequests(socket, () => socket.write(Buffer.concat([Buffer.from('\0'), randomBytes(4096)]))), error: /not valid HTTP/},
  'speaks HTTP/2': {serve: answering(Buffer.from('00000604000000000000040000ffff', 'hex')), slow: true, error: /not valid HTTP|timed out/},
  'refuses with a body of 1 GiB': {status: 500, error: /answered 500/, pours: true,
    serve: (socket, told) => onRequests(socket, () => {
      socket.write(head('HTTP/1.1 500 Internal Server Error', `Content-Length: ${GiB}`));
      const piece = Buffer.alloc(64 * 1024, 'x');
      let left = GiB;
      pour(socket, () => { told.bytes += piece.length; return (left -= piece.length) >= 0 ? piece : undefined; });
    })},
  'answers before it has read': {status: 500, error: /answered 500/, serve: (socket) => socket.end(head('HTTP/1.1 500 Internal Server Error', 'Content-Length: 0', 'Connection: close'))},
  'continues without end': {error: /too many interim answers/, serve: withoutEnd('', head('HTTP/1.1 100 Continue'))},
  'never ends its headers': {error: /headers are too large/, serve: withoutEnd('HTTP/1.1 200 OK\r\n', `X-More: ${'x'.repeat(1000)}\r\n`)},
  'never ends a header': {error: /headers are too large/, serve: withoutEnd('HTTP/1.1 200 OK\r\nX-Long: ', 'x'.repeat(1000))},
  'never ends a chunk\'s extensions': {error: /chunk.*too long/, serve: withoutEnd(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}5;ext=`, 'x'.repeat(1000))},
  'never ends its trailers': {error: /trailer.*too long/, serve: withoutEnd(`${head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked')}0\r\n`, `X-More: ${'x'.repeat(1000)}\r\n`)},
  'contradicts its length': {error: /not valid HTTP/, serve: answering(`${head('HTTP/1.1 200 OK', 'Content-Length: 2', 'Content-Length: 3')}ok`)},
  'tells two kinds of length': {error: /not valid HTTP/, serve: answering(`${head('HTTP/1.1 200 OK', 'Content-Length: 2', 'Transfer-Encoding: chunked')}2\r\nok\r\n0\r\n\r\n`)},
  'switches protocols': {error: /switches protocols/, serve: answering(head('HTTP/1.1 101 Switching Protocols', 'Upgrade: h2c', 'Connection: upgrade'))},
  'sends a gzip bomb': {status: 500, error: /answered 500/,
    serve: (socket) => onRequests(socket, () => {
      socket.write(head('HTTP/1.1 500 Internal Server Error', 'Content-Encoding: gzip', `Content-Length: ${bomb.length}`));
      socket.write(bomb);
    })},
  'never answers the handshake': {tls: 'plain', serve: () => {}, slow: true, error: /^timed out after \d+ ms$/},
  'speaks plain HTTP where TLS is due': {tls: 'plain', serve: (socket) => socket.once('data', () => socket.end(head('HTTP/1.1 400 Bad Request', 'Content-Length: 0'))), error: /TLS failed: wrong version number/},
  'closes in the handshake': {tls: 'plain', serve: (socket) => socket.once('data', () => socket.end()), error: /TLS|closed/},
  'shows a certificate it signed itself': {tls: 'self_signed', error: /certificate verify failed: self.signed/},
  'shows a certificate of an unknown authority': {tls: 'unknown', error: /certificate verify failed: unable to get local issuer/},
  'shows a certificate that is over': {tls: 'over', error: /certificate verify failed: certificate has expired/},
  'shows a certificate of another host': {tls: 'other_host', error: /certificate verify failed: IP address mismatch/},
};

/** A certificate for `names`, signed by `authority` or itself. Gives {cert, key} as PEM. */
function certificate(folder, name, {authority, names = 'IP:127.0.0.1', days = 1}) {
  const file = (what) => join(folder, `${name}.${what}`);
  const openssl = (...args) => {
    const {status, stderr} = spawnSync('openssl', args, {encoding: 'utf8'});
    assert.equal(status, 0, stderr);
  };
  writeFileSync(file('ext'), `subjectAltName=${names}\n`);
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`, '-keyout', file('key'), '-out', file('csr'));
  const signer = authority ? ['-CA', join(folder, `${authority}.pem`), '-CAkey', join(folder, `${authority}.key`), '-CAcreateserial'] : ['-signkey', file('key')];
  openssl('x509', '-req', '-in', file('csr'), '-days', String(days), '-out', file('pem'),
    ...(name.startsWith('authority') ? [] : ['-extfile', file('ext')]), ...signer);
  return {cert: readFileSync(file('pem')), key: readFileSync(file('key'))};
}

/** The certificates that the faults name; `good` is right, `file` the authority that is trusted. */
export function makeCertificates(folder) {
  certificate(folder, 'authority', {});
  certificate(folder, 'authority_unknown', {});
  return {
    file: join(folder, 'authority.pem'),
    good: certificate(folder, 'good', {authority: 'authority'}),
    self_signed: certificate(folder, 'self_signed', {}),
    unknown: certificate(folder, 'unknown', {authority: 'authority_unknown'}),
    over: certificate(folder, 'over', {authority: 'authority', days: -1}),
    other_host: certificate(folder, 'other_host', {authority: 'authority', names: 'DNS:hooks.example,IP:127.0.0.9'}),
  };
}

/** Plays a fault at a port of its own. `told.bytes` counts what was poured, `sockets` are the connections still open. */
export class FaultyPeer {
  static async start(t, {serve, tls}, certificates) {
    const peer = new FaultyPeer();
    peer.told = {bytes: 0};
    peer.connections = 0;
    peer.sockets = new Set();
    const take = (socket) => {
      peer.connections++;
      peer.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => peer.sockets.delete(socket));
      serve?.(socket, peer.told);
      socket.resume();
    };
    const over = tls && tls !== 'plain';
    peer.server = over ? createTlsServer(certificates[tls], take) : createServer(take);
    peer.server.on('tlsClientError', () => peer.connections++);
    await new Promise((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
    peer.url = `${tls ? 'https' : 'http'}://127.0.0.1:${peer.server.address().port}/hook`;
    t.after(() => peer.stop());
    return peer;
  }

  stop() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
