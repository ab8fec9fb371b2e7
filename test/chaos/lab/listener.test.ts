import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import t from 'tap'
import { inodesIn, listenerOn, pidInLsof, pidInNetstat } from '../../../chaos/lab/listener.ts'

t.test('finds who listens on a port', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer().listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    t.equal(await listenerOn(port), process.pid, host)
    await new Promise((done) => server.close(done))
    t.equal(await listenerOn(port), undefined, 'nobody any more')
  }
})

t.test('in the table of Linux: sockets that listen alone', async (t) => {
  const table = `
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0 100 0 0 10 0
   2: 0100007F:01F9 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1 0 100 0 0 10 0`
  t.strictSame(inodesIn(table, 8080), ['4711'])
  t.strictSame(inodesIn(table, 505), ['4713'])
  t.strictSame(inodesIn(table, 50000), [])
})

t.test('in what lsof and netstat say', async (t) => {
  t.equal(pidInLsof('4711\n4712\n'), 4711)
  t.equal(pidInLsof(''), undefined)
  const text = `
Aktive Verbindungen
  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    127.0.0.1:80           127.0.0.1:3000         HERGESTELLT      4710
  TCP    127.0.0.1:3000         0.0.0.0:0              ABHÖREN          4711
  TCP    [::1]:3001             [::]:0                 ABHÖREN          4712\r
  TCP    127.0.0.1:3000         127.0.0.1:50000        HERGESTELLT      4711`
  t.equal(pidInNetstat(text, 3000), 4711)
  t.equal(pidInNetstat(text, 3001), 4712)
  t.equal(pidInNetstat(text, 80), undefined)
})
