/**
 * What the scripts share: where the project is, how its tools are called (by path and with this very
 * Node, so that neither PATH, nor a shell, nor a space in a folder's name matters), how they report.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Entry points of the development tools, each a JavaScript file for Node. */
export const tools = {
  tsc: path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
  biome: path.join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome'),
  bundleProgram: path.join(root, 'scripts', 'bundle-program.mjs'),
  vitest: path.join(root, 'node_modules', 'vitest', 'vitest.mjs'),
};

/**
 * Runs a Node script in the project's folder with this terminal, and resolves with its exit code
 * (128 + n where signal n ended it). Ctrl-C reaches the child from the terminal itself: it cleans up
 * and decides the code, so it is only waited for here.
 */
export function runNode(script, args, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, env, stdio: 'inherit' });
    const wait = () => undefined;
    const passOn = () => child.kill('SIGTERM');
    process.on('SIGINT', wait);
    process.on('SIGTERM', passOn);
    const done = () => {
      process.off('SIGINT', wait);
      process.off('SIGTERM', passOn);
    };
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      done();
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** An argument as a shell would need it written, for commands that are shown to a person. */
export function shellWord(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
