import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { ProblemResponse } from '../../lib/http-schemas.ts'
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
    transform: ({ schema, url }) => ({ url, schema: withProblems(schema) }),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: true,
    transformStaticCSP: (header) => header,
    uiConfig: { deepLinking: true, persistAuthorization: false },
  })
}

/** Every route can answer problem details; that they can be is no work for the routes' serializers. */
function withProblems(schema: FastifySchema): FastifySchema {
  const response = { ...(schema.response as object), '4XX': ProblemResponse, '5XX': ProblemResponse }
  return { ...schema, response }
}

export default fp(openapi, { name: 'openapi', dependencies: ['methods'] })
