/** A folder as a static host shows it, below a sub-path, for tests and screenshots of the explorer. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Serves `folder` at `http://127.0.0.1:PORT/PREFIX/`; resolves with that address and what ends it. */
export function serveFolder(folder, prefix = 'some/folder') {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const name = decodeURIComponent(pathname).replace(`/${prefix}/`, '') || 'index.html';
    const file = path.join(folder, name);
    const isInside = pathname.startsWith(`/${prefix}/`) && file.startsWith(folder + path.sep);
    if (!isInside || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      resolve({
        address: `http://127.0.0.1:${port}/${prefix}/`,
        close: () => new Promise((done) => server.close(done)),
      });
    });
  });
}
