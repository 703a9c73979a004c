import { describe, expect, test } from 'vitest';
import { checkFrontend, syntaxDirective } from '../../src/dockerfile/directives-frontend.ts';
import { failure } from './dockerfiles.ts';

describe('the frontend that a file asks for', () => {
  test.each<[string, string | undefined]>([
    ['# syntax=a/b:1\nFROM x', 'a/b:1'],
    ['#SYNTAX = a/b:1 \r\nFROM x', 'a/b:1'],
    ['# syntax=a/b:1 --opt x\n', 'a/b:1'],
    ['\ufeff# syntax=a', 'a'],
    ['# escape=`\n# check=skip=all\n# syntax=a', 'a'],
    ['#!/usr/bin/env docker\n# syntax=a', 'a'],
    ['\ufeff#!x\n# syntax=a', 'a'],
    ['// syntax=a\n', 'a'],
    ['#!x\n//syntax = a\n', 'a'],
    ['{"syntax": "a", "b": 1}', 'a'],
    ['\n {"syntax": "a"}', 'a'],
    ['FROM x', undefined],
    ['', undefined],
    ['\n# syntax=a', undefined],
    [' # syntax=a', undefined],
    ['# c\n# syntax=a', undefined],
    ['FROM x\n# syntax=a', undefined],
    ['# escape=`\n# escape=`\n# syntax=a', undefined],
    ['# syntax=', undefined],
    ['{"syntax": 1}', undefined],
    ['{"syntax": "a"} x', undefined],
    ['["syntax"]', undefined],
  ])('%j', (text, expected) => {
    expect(syntaxDirective(text)).toBe(expected);
    expect(syntaxDirective(Buffer.from(text))).toBe(expected);
  });
});

describe('checkFrontend', () => {
  const file = (text: string): { file: string; text: string } => ({ file: 'Dockerfile', text });
  const hex = 'a'.repeat(64);

  test.each([
    'docker/dockerfile',
    'docker/dockerfile:1',
    'docker/dockerfile:1.7-labs',
    'docker/dockerfile:experimental',
    `docker/dockerfile:1@sha256:${hex}`,
    'docker.io/docker/dockerfile:1',
    'index.docker.io/docker/dockerfile:1',
    'docker/dockerfile-upstream:master-labs',
    'mirror.example.com/docker/dockerfile:1',
    'mirror.example.com:5000/hub/docker/dockerfile-upstream:master',
    'localhost/docker/dockerfile',
  ])('%s is our own business', (name) => {
    expect(() => checkFrontend(file(`# syntax=${name}\nFROM x`))).not.toThrow();
    expect(() => checkFrontend(file('# syntax=other/one'), name)).not.toThrow();
  });

  test.each([
    'dockerfile',
    'docker/dockerfile2',
    'mydocker/dockerfile',
    'me/docker/dockerfile',
    'example.com/mydocker/dockerfile',
    'docker.io/me/docker/dockerfile',
    'ghcr.io/x/y:1',
    'Docker/Dockerfile',
    'docker/dockerfile:',
    'http://docker/dockerfile',
  ])('%s is refused', (name) => {
    const { message, at, error, hint } = failure(() =>
      checkFrontend(file(`# escape=\`\n# syntax=${name} x\n`)),
    );
    expect(message).toBe(`this file is for the frontend ${JSON.stringify(name)}, which is not Docker's`);
    expect(at).toBe(`${name} x`);
    expect(error).toMatchObject({ code: 'UNSUPPORTED', where: { line: 2 } });
    expect(hint).toContain('docker/dockerfile');
  });

  test('a file without one, and the places of the other forms', () => {
    expect(() => checkFrontend(file('FROM x'))).not.toThrow();
    expect(failure(() => checkFrontend(file('// syntax=a\n'))).at).toBe('a');
    expect(failure(() => checkFrontend(file('{\n "syntax": "a"\n}'))).at).toBe('"syntax": "a"');
  });

  test('BUILDKIT_SYNTAX goes before the file', () => {
    const { message, error } = failure(() => checkFrontend(file('# syntax=docker/dockerfile'), ' a/b:1 x'));
    expect(message).toContain('the frontend "a/b:1" that BUILDKIT_SYNTAX names');
    expect(error.code).toBe('UNSUPPORTED');
    expect(failure(() => checkFrontend(file('FROM x'), '')).error.code).toBe('UNSUPPORTED');
  });
});
