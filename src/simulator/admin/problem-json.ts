import type { Middleware } from 'koa'
import { ApiError, InstallError } from '../errors.js'

/** Answers errors outside the REST API with a problem document. */
export const problems: Middleware = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    const status = error instanceof ApiError ? error.status : error instanceof InstallError ? 422 : undefined
    if (status === undefined || !(error instanceof Error)) throw error
    ctx.status = status
    const title = status === 422 ? 'The add-on could not be installed' : 'Bad request'
    const { advice } = error as Partial<InstallError>
    ctx.body = JSON.stringify({ title, status, detail: error.message, advice })
    ctx.type = 'application/problem+json'
  }
}
