import type { Test } from 'tap'
import type { Project } from './project.ts'

const ROLE = 'tokenforge_server'

/** The server's logins in Postgres and Redis, tried by their own clients in the containers. */
export async function isConfined(t: Test, project: Project): Promise<void> {
  const variables = await project.inspect('server', '{{json .Config.Env}}')
  const urls = (JSON.parse(variables) as string[]).filter((each) => /^(DATABASE|REDIS)_URL=/.test(each))
  const [postgres = '', redis = ''] = ['DATABASE_URL', 'REDIS_URL'].map((name) => {
    const url = new URL(urls.find((each) => each.startsWith(name))?.slice(name.length + 1) ?? '')
    t.equal(url.username, ROLE, name)
    return url.password
  })
  t.notMatch(variables, /MIGRATION_DATABASE_URL/)

  const sql = (text: string) =>
    project.shell('postgres', `PGPASSWORD=${postgres} psql -h 127.0.0.1 -U ${ROLE} -c "${text}" tokenforge`)
  t.match(await sql('SELECT count(*) FROM users'), { code: 0 })
  for (const text of ['DROP TABLE users', 'TRUNCATE users', 'SELECT * FROM pg_shadow', 'CREATE TABLE mine (id int)']) {
    t.match(await sql(text), { code: 1, text: /permission denied|must be owner/ }, text)
  }
  const command = (text: string) =>
    project.shell('redis', `redis-cli --user ${ROLE} --pass ${redis} ${text} 2>/dev/null`)
  t.match(await command('ping'), { text: /PONG/ })
  for (const text of ["keys '*'", 'flushall', "config get '*'", 'acl list', 'get other']) {
    t.match(await command(text), { text: /NOPERM/ }, text)
  }
}
