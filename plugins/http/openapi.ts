import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import packageJson from '../../package.json' with { type: 'json' }

/** OpenAPI 3.1 from the schemas of the routes, and a page to read and try it. */
async function openapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'TokenForge', version: packageJson.version, description: packageJson.description },
      tags: ['accounts', 'sessions', 'tokens', 'admin', 'operations'].map((name) => ({ name })),
      servers: [{ url: app.config.issuer }],
      components: {
        securitySchemes: {
          accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          adminKey: { type: 'http', scheme: 'bearer', description: 'ADMIN_API_KEY' },
        },
      },
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformStaticCSP: (header) => header,
    uiConfig: { deepLinking: true, persistAuthorization: false },
  })
}

export default fp(openapi, { name: 'openapi', dependencies: ['methods'] })
