/** The library's public door: the workflows, typed. What is not exported here is not for others to rely on. */
export { build } from './build/build.ts';
export type { Built } from './build/build.ts';
export type { BuildRequest, BuildResult, BuiltImage, BuiltPlatform, Output } from './build/types.ts';
export { ToolError } from './core/errors.ts';
export type { Ctx } from './core/ctx.ts';
export type { Event } from './core/event.ts';
