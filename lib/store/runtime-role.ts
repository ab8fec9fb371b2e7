import pg from 'pg'

/**
 * What the server may do with each table, and nothing else: no DDL, no other table. A new migration extends it; a table that
 * is not named here is closed to the server.
 */
export const GRANTS: Readonly<Record<string, readonly string[]>> = {
  users: ['SELECT', 'INSERT', 'UPDATE (password_hash, password_changed_at, disabled_at, roles, version)'],
  key_ring: ['SELECT', 'INSERT', 'UPDATE'],
  pending_revocations: ['SELECT', 'INSERT', 'DELETE'],
  pending_account_changes: ['SELECT', 'INSERT', 'UPDATE', 'DELETE'],
  // Append-only: what is old goes by the function below.
  audit_events: ['SELECT', 'INSERT'],
  audit_chain: ['SELECT', 'UPDATE (seq, hash)'],
  // Imports are run as the owner.
  user_imports: [],
  schema_migrations: ['SELECT'],
}

/** Functions that run with the rights of their owner. */
const FUNCTIONS = ['prune_audit_events(bigint, bytea, bytea, bigint)']

/** The role of the server: not the one that owns the tables. */
export interface RuntimeRole {
  readonly name: string
  readonly password: string
}

/** The role that a URL logs in as, when it is another than the owner's; undefined when both are one. */
export function roleApart(runtimeUrl: string, ownerUrl: string): RuntimeRole | undefined {
  const [runtime, owner] = [new URL(runtimeUrl), new URL(ownerUrl)]
  if (runtime.username === owner.username) return undefined
  return { name: decodeURIComponent(runtime.username), password: decodeURIComponent(runtime.password) }
}

/**
 * Makes the role when there is none, gives it its password, and grants it what `GRANTS` names of the tables that are there,
 * taking back all else. Safe to repeat, in the transaction of the caller.
 *
 * @param client logged in as the owner; where it may make no roles (many managed servers), the role must be there already and
 *   keeps its password
 */
export async function confine(client: pg.Client, { name, password }: RuntimeRole): Promise<void> {
  const role = pg.escapeIdentifier(name)
  const { rows } = await client.query<{ makes: boolean; known: boolean; database: string }>(
    `SELECT rolsuper OR rolcreaterole AS makes, EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS known,
            current_database() AS database
     FROM pg_roles WHERE rolname = current_user`,
    [name],
  )
  const { makes = false, known = false, database = '' } = rows[0] ?? {}
  if (!known) await client.query(`CREATE ROLE ${role} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS`)
  if (makes) await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${pg.escapeLiteral(password)}`)
  const base = pg.escapeIdentifier(database)
  await client.query(`
    REVOKE TEMPORARY ON DATABASE ${base} FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, ${role};
    GRANT CONNECT ON DATABASE ${base} TO ${role};
    GRANT USAGE ON SCHEMA public TO ${role}`)
  for (const [table, columns] of await tables(client)) {
    for (const privilege of GRANTS[table] ?? []) {
      const granted = onColumns(privilege, columns)
      if (granted !== undefined) await client.query(`GRANT ${granted} ON public.${table} TO ${role}`)
    }
  }
  for (const each of await functions(client)) await client.query(`GRANT EXECUTE ON FUNCTION ${each} TO ${role}`)
}

// In a schema of an earlier version they are not there.
async function functions(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) name WHERE to_regprocedure(name) IS NOT NULL',
    [FUNCTIONS],
  )
  return rows.map(({ name }) => name)
}

async function tables(client: pg.Client): Promise<Map<string, Set<string>>> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(
    `SELECT table_name::text AS name, array_agg(column_name::text) AS columns
     FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1`,
  )
  return new Map(rows.map(({ name, columns }) => [name, new Set(columns)]))
}

/** The same privilege without the columns that are not there; undefined when none is. */
function onColumns(privilege: string, columns: ReadonlySet<string>): string | undefined {
  const [, verb, list] = /^(\w+) \((.+)\)$/.exec(privilege) ?? []
  if (list === undefined) return privilege
  const there = list.split(', ').filter((each) => columns.has(each))
  return there.length > 0 ? `${verb} (${there.join(', ')})` : undefined
}
