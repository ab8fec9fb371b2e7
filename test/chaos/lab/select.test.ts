import t from 'tap'
import { chooseImage, type ImageStore, POSTGRES_IMAGE } from '../../../chaos/lab/drivers/images.ts'
import { selectDriver } from '../../../chaos/lab/drivers/select.ts'

const offer = (docker: boolean, local = true) => ({ docker: async () => docker, local: async () => local })

t.test('the driver: what CHAOS_DRIVER says, else docker where an engine answers', async (t) => {
  t.equal(await selectDriver({}, offer(true)), 'docker')
  t.equal(await selectDriver({ CHAOS_DRIVER: '' }, offer(false)), 'local')
  t.equal(await selectDriver({ CHAOS_DRIVER: 'auto' }, offer(false)), 'local')
  t.equal(await selectDriver({ CHAOS_DRIVER: 'local' }, offer(true)), 'local')
  t.equal(await selectDriver({ CHAOS_DRIVER: 'docker' }, offer(true)), 'docker')
})

t.test("what was asked for and can't be had is an error in one line", async (t) => {
  const refused = (choice: string, docker: boolean, local: boolean, message: string) =>
    t.rejects(selectDriver({ CHAOS_DRIVER: choice }, offer(docker, local)), { message })
  await refused('docker', false, true, "CHAOS_DRIVER=docker can't be had: no Docker engine answers")
  const noRedis = 'there is no redis-server or valkey-server on the path'
  await refused('local', true, false, `CHAOS_DRIVER=local can't be had: ${noRedis}`)
  await refused('auto', false, false, `CHAOS_DRIVER=auto can't be had: no Docker engine answers, and ${noRedis}`)
  await refused('podman', true, true, 'CHAOS_DRIVER=podman is none of docker, local, auto')
})

t.test('the image: what the environment names, else the official one, else the stand-in', async (t) => {
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const store = (here: string[], registry: string[]): ImageStore => ({
    exists: async ({ string }) => here.includes(string),
    async pull({ string }) {
      if (!registry.includes(string)) throw new Error('(HTTP code 500) server error - no such host ')
      here.push(string)
    },
  })
  const choose = (here: string[], registry: string[], env = {}) =>
    chooseImage(store(here, registry), POSTGRES_IMAGE, { env, say })

  t.equal(await choose(['postgres:18', 'tokenforge/postgres:local'], []), 'postgres:18')
  t.equal(await choose(['tokenforge/postgres:local'], ['postgres:18']), 'postgres:18')
  t.equal(await choose(['mine:1'], [], { CHAOS_POSTGRES_IMAGE: 'mine:1' }), 'mine:1')
  t.same(said, [])
  t.equal(await choose(['tokenforge/postgres:local'], []), 'tokenforge/postgres:local')
  t.same(said, ["using tokenforge/postgres:local: postgres:18 can't be had (no such host)"])
  await t.rejects(choose([], [], { CHAOS_POSTGRES_IMAGE: 'mine:1' }), {
    message: "CHAOS_POSTGRES_IMAGE=mine:1 can't be had (no such host)",
  })
  await t.rejects(choose([], []), /no image for Postgres: .*run chaos\/images\/build, set CHAOS_POSTGRES_IMAGE, or/)
})
