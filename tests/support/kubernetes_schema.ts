/**
 * Holds Kubernetes objects against the schemas of the Kubernetes API, as the package kubernetes-models has them.
 *
 * @module
 */
import process from "node:process";

interface Validate {
  (data: unknown): boolean;
  errors?: { instancePath: string; keyword: string; params: unknown }[] | null;
}

/** As Node documents it; Deno's types leave the property out. */
const node = process as object as { noDeprecation?: boolean };

/** The schemas that are needed here, compiled; by apiVersion and kind. */
async function loadSchemas(): Promise<Record<string, Validate>> {
  // One of the package's own dependencies imports node:punycode, and Deno would warn of that.
  const { noDeprecation } = node;
  node.noDeprecation = true;
  try {
    const [deployment, service, job] = await Promise.all([
      import("npm:kubernetes-models@5.1.0/_schemas/IoK8sApiAppsV1Deployment"),
      import("npm:kubernetes-models@5.1.0/_schemas/IoK8sApiCoreV1Service"),
      import("npm:kubernetes-models@5.1.0/_schemas/IoK8sApiBatchV1Job"),
    ]);
    return {
      "apps/v1 Deployment": deployment.validate as Validate,
      "v1 Service": service.validate as Validate,
      "batch/v1 Job": job.validate as Validate,
    };
  } finally {
    node.noDeprecation = noDeprecation;
  }
}

const schemas = await loadSchemas();

/** Objects, and which of their members somebody asked for. */
type Asked = Map<object, Set<string>>;

/** The same object, which notes who asks for what. */
function noting<T>(value: T, asked: Asked): T {
  if (typeof value !== "object" || value === null) return value;
  const names = new Set<string>();
  asked.set(value, names);
  return new Proxy(value, {
    get(target, name) {
      names.add(String(name));
      return noting(Reflect.get(target, name), asked);
    },
  });
}

function* neverAsked(value: unknown, asked: Asked, path = ""): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (asked.get(value)?.has(name)) yield* neverAsked(member, asked, `${path}/${name}`);
    else yield `${path}/${name}: no such field`;
  }
}

/**
 * What is wrong with an object, one line each; nothing where it is as the API wants it.
 *
 * The package's schemas let fields pass that they do not know, which kubectl and the API do not. Such a field is one that its
 * validation never looks at.
 */
export function kubernetesErrors(object: unknown): string[] {
  const { apiVersion, kind } = object as { apiVersion?: unknown; kind?: unknown };
  const validate = schemas[`${apiVersion} ${kind}`];
  if (!validate) return [`no schema for ${apiVersion} ${kind}`];
  const asked: Asked = new Map();
  validate(noting(object, asked));
  const wrong = (validate.errors ?? []).map(({ instancePath, params }) => `${instancePath}: ${JSON.stringify(params)}`);
  return [...wrong, ...neverAsked(object, asked)];
}

/** A field of an object of the API. */
export interface KubernetesField {
  /** What it is in. */
  holder: Record<string, unknown>;
  /** Its name there. */
  name: string;
  /** Its path from the object, as errors have it. */
  path: string;
}

/** Objects whose members have names of one's own; by the end of their path. */
const FREE = /^\/spec\/selector$|\/(labels|matchLabels|requests|limits)$/;

/** Every field of an object whose name is the API's. */
export function* kubernetesFields(object: unknown, path = ""): Generator<KubernetesField> {
  if (typeof object !== "object" || object === null) return;
  const holder = object as Record<string, unknown>;
  // The selector of a Service has labels for members, that of a Deployment `matchLabels`.
  const free = Array.isArray(object) || (FREE.test(path) && !("matchLabels" in object));
  for (const name of Object.keys(holder)) {
    if (!free) yield { holder, name, path: `${path}/${name}` };
    yield* kubernetesFields(holder[name], `${path}/${name}`);
  }
}
