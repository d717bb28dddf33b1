import { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { INSTANCE_HEADER } from '../../contracts/launcher-message.js';

/** Whether a caller means another installation than `instance`. A caller who names none means any. */
export function meansAnother(headers: IncomingHttpHeaders, instance: string): boolean {
  const wanted = headers[INSTANCE_HEADER];
  return wanted !== undefined && wanted !== instance;
}

/** Answers 421: the request must not be processed, because it was meant for another installation. */
export function refuseForAnother(response: ServerResponse): void {
  response.writeHead(421, { 'content-type': 'application/json' });
  response.end(JSON.stringify(WRONG_INSTANCE));
}

/** Refuses requests that were meant for the service of another installation, which had this port before. */
export function refuseOtherInstances(instance: string) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (meansAnother(request.headers, instance)) refuseForAnother(response);
    else next();
  };
}

const WRONG_INSTANCE = {
  error: {
    code: 'WRONG_INSTANCE',
    message: 'this service belongs to another installation than the one that was asked for',
    details: {},
  },
};
