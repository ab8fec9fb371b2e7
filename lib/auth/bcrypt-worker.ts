import bcrypt from 'bcrypt'

// What the threads of bcrypt-threads.ts run. Each has nothing else to do, so it waits for its hash.

/** @returns the bcrypt hash of `password`, in the form `$2b$` */
export function hash({ password, cost }: { password: string; cost: number }): string {
  return bcrypt.hashSync(password, cost)
}

/** Whether the bcrypt hash is that of this password. */
export function compare({ password, hashed }: { password: string; hashed: string }): boolean {
  return bcrypt.compareSync(password, hashed)
}
