import { expect, it } from 'vitest';
import { ApiError } from '../../shared/api';
import { accessAfter } from './access';

it.each([
  [new ApiError(401, 'Unauthorized', 'show the admin token'), 'token', 'show the admin token'],
  [new ApiError(404, 'Not found', 'the dashboard is off'), 'off', 'the dashboard is off'],
  [new ApiError(503, 'Unavailable', 'it is shutting down'), 'failed', 'it is shutting down'],
  [new ApiError(0, 'No answer'), 'failed', 'No answer'],
  [new TypeError('odd'), 'failed', 'odd'],
  ['odd', 'failed', 'odd'],
])('%o: %s', (error, access, reason) => {
  expect(accessAfter(error)).toEqual({ access, reason });
});
