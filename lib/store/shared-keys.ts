/** The keys that all instances share; one hash tag, so that one script can touch several on Redis Cluster. */
export const RING_KEY = 'tokenforge:{shared}:ring'
export const REVOCATIONS_KEY = 'tokenforge:{shared}:revocations'
export const ISSUED_KEY = 'tokenforge:{shared}:issued'
export const STORE_KEY = 'tokenforge:{shared}:store'
