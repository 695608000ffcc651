/** What a running soak tells over HTTP: to a roll that waits for it, to Prometheus, to a probe. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from '../../errors.js';
import type { VerdictDocument } from '../../judge/document.js';
import { printable } from '../../printable.js';
import { reason } from '../../recording/file-errors.js';
import { jsonReport } from '../../report/json.js';
import { openMetricsReport, type LiveMetric } from '../../report/openmetrics.js';

/** What the endpoint asks of the soak. */
export interface Watched {
  /** The verdict so far; undefined before the first one. */
  document(): VerdictDocument | undefined;
  /** Do flows come? */
  connected(): boolean;
  metrics(): readonly LiveMetric[];
}

const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** 200 go on, 409 stop, 425 too early to say, 503 nothing can be seen. */
const GATE: Readonly<Record<VerdictDocument['verdict'], number>> = { pass: 200, fail: 409, inconclusive: 425 };

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export class Endpoint {
  readonly #server: Server;
  readonly address: string;

  private constructor(server: Server, address: string) {
    this.#server = server;
    this.address = address;
  }

  /** @param listen `HOST:PORT`; port 0 takes a free one. @throws UsageError when nothing can be served there. */
  static async open(listen: string, watched: Watched): Promise<Endpoint> {
    const { host, port } = hostAndPort(listen);
    const server = createServer((request, response) => {
      answer(request, response, watched);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) =>
        reject(new UsageError(`--listen ${printable(listen)}: cannot listen there (${reason(error)})`, error)),
      );
      server.listen(port, host, resolve);
    });
    const { address, port: taken, family } = server.address() as AddressInfo;
    return new Endpoint(server, family === 'IPv6' ? `[${address}]:${taken}` : `${address}:${taken}`);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** A port alone is served to this machine alone; no host before the colon means all addresses. */
function hostAndPort(listen: string): { readonly host: string; readonly port: number } {
  const [, host, digits] = /^(?:(.*):)?(\d{1,5})$/.exec(listen) ?? [];
  const port = Number(digits ?? NaN);
  if (!(port <= 65_535))
    throw new UsageError(`--listen ${printable(listen)}: want HOST:PORT or PORT, such as 127.0.0.1:8080`);
  return { host: host === undefined ? '127.0.0.1' : host === '' ? '::' : host.replace(/^\[(.*)\]$/, '$1'), port };
}

function answer(request: IncomingMessage, response: ServerResponse, watched: Watched): void {
  // A webhook posts: what it says does not matter.
  request.resume();
  const { status, type, body } =
    request.method === 'GET' || request.method === 'HEAD' || request.method === 'POST'
      ? answerTo(new URL(request.url ?? '/', 'http://soak').pathname, watched)
      : { status: 405, type: TEXT_TYPE, body: 'GET or POST\n' };
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function answerTo(path: string, watched: Watched): Answer {
  const now = watched.document();
  switch (path) {
    case '/healthz':
      return { status: 200, type: TEXT_TYPE, body: 'ok\n' };
    case '/metrics':
      return now === undefined
        ? { status: 503, type: TEXT_TYPE, body: 'nothing has been judged yet\n' }
        : { status: 200, type: OPEN_METRICS, body: openMetricsReport(now, watched.metrics()) };
    case '/verdict':
      return now === undefined ? nothingYet() : { status: 200, type: JSON_TYPE, body: jsonReport(now) };
    case '/gate':
      if (now === undefined) return nothingYet();
      // What is out of sight is no pass; a FAIL stays one.
      if (!watched.connected() && now.verdict !== 'fail') return { ...blind(), body: jsonReport(now) };
      return { status: GATE[now.verdict], type: JSON_TYPE, body: jsonReport(now) };
    default:
      return { status: 404, type: TEXT_TYPE, body: '/gate, /verdict, /metrics and /healthz are served\n' };
  }
}

const blind = () => ({ status: 503, type: JSON_TYPE });

function nothingYet(): Answer {
  return {
    ...blind(),
    body: `${JSON.stringify({ verdict: 'inconclusive', summary: 'Nothing has been judged yet.' })}\n`,
  };
}
