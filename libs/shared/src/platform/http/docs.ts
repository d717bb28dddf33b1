import { type NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { type NextFunction, type Request, type Response } from 'express';
import { type ServiceApi } from '../../contracts/http/services.http.js';
import { productVersion } from '../runtime/product-version.js';
import { openApiDocument } from './openapi.js';

/** The page loads everything from this server; a request that is tried out goes to it, too. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** `/docs`: a page of the API. `/docs-json`: its OpenAPI document. Both need no key: no guard runs before them. */
export function serveDocs(app: NestExpressApplication, service: ServiceApi): void {
  app.use(['/docs', '/docs-json'], (_: Request, response: Response, next: NextFunction) => {
    response.set(HEADERS);
    next();
  });
  SwaggerModule.setup('docs', app, () => openApiDocument(service, productVersion()), {
    raw: ['json'],
    customSiteTitle: service.title,
    // Without it the page asks validator.swagger.io about the document.
    swaggerOptions: { validatorUrl: null, persistAuthorization: false },
  });
}
