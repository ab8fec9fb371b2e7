/**
 * A command line for `spawn` that runs this Node on `args`; the pid is that of Node. Free of the hooks that tap adds to
 * every child by `NODE_OPTIONS`, whatever environment `spawn` is given: they double the time of a start.
 */
export function nodeCommand(...args: string[]): [file: string, args: string[]] {
  return ['env', ['-u', 'NODE_OPTIONS', process.execPath, ...args]]
}
