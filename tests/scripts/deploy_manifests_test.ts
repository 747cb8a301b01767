import { assert, assertEquals, assertGreater } from "@std/assert";
import { parseAllDocuments } from "npm:yaml@2.9.1";
import { parseCommandLine } from "../../lib/cli/parse_command_line.ts";
import { parseTarget } from "../../lib/cli/parse_target.ts";
import { runCli, sounderCommand, startServer } from "../support/cli.ts";
import { kubernetesErrors, kubernetesFields } from "../support/kubernetes_schema.ts";
import { notPosix, testUnless } from "../support/needs.ts";
import { temporaryFolder } from "../support/temporary_folder.ts";

const FOLDER = new URL("../../scripts/deploy/", import.meta.url);
const read = (name: string) => Deno.readTextFile(new URL(name, FOLDER));

type Labels = Record<string, string>;

/** The parts of the objects that matter here; the schemas tell whether they are so. */
interface Template {
  metadata: { labels: Labels };
  spec: PodSpec;
}

interface PodSpec {
  terminationGracePeriodSeconds: number;
  restartPolicy: string;
  automountServiceAccountToken: boolean;
  securityContext: Record<string, unknown>;
  containers: Container[];
}

interface Container {
  image: string;
  args: string[];
  ports: { name: string; containerPort: number }[];
  lifecycle: { preStop: { sleep: { seconds: number } } };
  readinessProbe: { tcpSocket: { port: string } };
  livenessProbe: { tcpSocket: { port: string } };
  securityContext: unknown;
}

interface Deployment {
  spec: { selector: { matchLabels: Labels }; template: Template };
}

interface Service {
  metadata: { name: string };
  spec: { selector: Labels; ports: { port: number; targetPort: string }[] };
}

interface Job {
  spec: {
    completions: number;
    parallelism: number;
    completionMode: string;
    backoffLimitPerIndex: number;
    template: Template;
  };
}

/** The objects of a file. */
function objects(text: string): unknown[] {
  return parseAllDocuments(text).map((document) => {
    assertEquals([...document.errors, ...document.warnings], []);
    return document.toJS();
  });
}

const [serverText, benchText] = [await read("kubernetes-server.yaml"), await read("kubernetes-bench.yaml")];
const [deployment, service] = objects(serverText) as [Deployment, Service];
const [job] = objects(benchText) as [Job];
const [server, bench] = [deployment.spec.template, job.spec.template];
const [serve] = server.spec.containers;
const [client] = bench.spec.containers;

Deno.test("manifests: the schemas of the Kubernetes API accept them", () => {
  const all = [...objects(serverText), ...objects(benchText)];
  assertEquals(all.map((object) => (object as { kind: string }).kind), ["Deployment", "Service", "Job"]);
  for (const object of all) assertEquals(kubernetesErrors(object), []);
});

Deno.test("manifests: no field of theirs can be misspelt, or of a wrong type, without being told", () => {
  const tried: string[] = [];
  for (const object of [deployment, service, job]) {
    const copy = structuredClone(object);
    for (const { holder, name, path } of [...kubernetesFields(copy)]) {
      const value = holder[name];
      delete holder[name];
      holder[`${name}s`] = value;
      const errors = kubernetesErrors(copy);
      assert(errors.some((error) => error === `${path}s: no such field` || /^no schema/.test(error)), path);
      delete holder[`${name}s`];
      // Nothing of the API may be either an object or a list.
      holder[name] = Array.isArray(value) || typeof value !== "object" ? { of: "another type" } : ["another type"];
      assert(kubernetesErrors(copy).length > 0, `${path} of another type`);
      holder[name] = value;
      tried.push(path);
    }
    assertEquals(kubernetesErrors(copy), []);
  }
  for (const path of ["preStop/sleep/seconds", "selector/matchLabels", "ports/0/targetPort", "backoffLimitPerIndex"]) {
    assert(tried.some((one) => one.endsWith(`/${path}`)), path);
  }
});

Deno.test("manifests: a number in quotes, and a word that is none of the API's, are told", () => {
  const copy = structuredClone(job);
  Object.assign(copy.spec, { completions: "4", completionMode: "Index" });
  assertEquals(kubernetesErrors(copy).map((error) => error.split(":")[0]), [
    "/spec/completionMode",
    "/spec/completions",
  ]);
});

Deno.test("manifests: server, Service and probes name one port, which the command serves to all hosts", () => {
  const { command, options, operands } = parseCommandLine(serve.args);
  assertEquals([command, operands, options.host], ["serve", [], "0.0.0.0"]);
  const [{ name, containerPort }] = serve.ports;
  assertEquals(options.port, containerPort);
  assertEquals([serve.readinessProbe, serve.livenessProbe].map(({ tcpSocket }) => tcpSocket.port), [name, name]);
  assertEquals(service.spec.ports.map(({ targetPort }) => targetPort), [name]);
});

Deno.test("manifests: the Service's pods are the Deployment's, and no client", () => {
  assertEquals(deployment.spec.selector.matchLabels, server.metadata.labels);
  assertEquals(service.spec.selector, server.metadata.labels);
  const selects = ({ labels }: { labels: Labels }) =>
    Object.entries(service.spec.selector).every(([name, value]) => labels[name] === value);
  assertEquals([selects(server.metadata), selects(bench.metadata)], [true, false]);
});

Deno.test("manifests: Kubernetes waits longer for a server's end than its sleep and serve's grace take", () => {
  const graceMs = Number(parseCommandLine(serve.args).options.grace);
  // Peers have a second to answer the FIN.
  const needed = serve.lifecycle.preStop.sleep.seconds + graceMs / 1000 + 1;
  assertGreater(server.spec.terminationGracePeriodSeconds, needed);
});

Deno.test("manifests: both run the Dockerfile's image, as its user, with no right, and write to no file", async () => {
  const dockerfile = await read("Dockerfile");
  const [, uid, gid] = /^USER (\d+):(\d+)$/m.exec(dockerfile)!;
  const [, image] = /docker build .*--tag (\S+)/.exec(dockerfile)!;
  for (const { spec } of [server, bench]) {
    assertEquals(spec.containers.map(({ image }) => image), [image]);
    assertEquals(spec.automountServiceAccountToken, false);
    assertEquals(spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: Number(uid),
      runAsGroup: Number(gid),
      seccompProfile: { type: "RuntimeDefault" },
    });
    assertEquals(spec.containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  }
});

Deno.test("manifests: the clients ask the Service, all at once, each one time, and print nothing but their result", () => {
  const { completions, parallelism, completionMode, backoffLimitPerIndex } = job.spec;
  assertEquals([completions, completionMode, backoffLimitPerIndex], [parallelism, "Indexed", 0]);
  assertEquals(bench.spec.restartPolicy, "Never");
  const { command, options, operands } = parseCommandLine(client.args);
  assertEquals([command, options.json, options.quiet, options.report], ["bench", true, true, undefined]);
  const target = { hostname: service.metadata.name, port: service.spec.ports[0].port };
  assertEquals(operands.map((operand) => parseTarget(operand)), [target]);
});

/** The commands that a manifest's first comment shows. */
function commands(text: string): string {
  return text.split("\n").filter((line) => line.startsWith("#     ")).map((line) => line.slice(6)).join("\n");
}

/** A `kubectl` whose pods' logs are the files `pod-0` and on; it tells on stderr what else it was asked. */
const KUBECTL = `#!/bin/sh
case "$1" in
  logs) all="$*"; cat "pod-\${all##*job-completion-index=}" ;;
  *) echo "kubectl $*" >&2 ;;
esac
`;

testUnless(notPosix(), "manifests: the Job's commands collect what its pods print, and merge it", async () => {
  await using target = await startServer();
  const pods = Array.from({ length: job.spec.completions }, async (_, index) => {
    const shorter: Record<string, string> = { "15s": "50ms", "2m": "200ms", "sounder:9999": `:${target.port}` };
    const { code, stdout, stderr } = await runCli(client.args.map((arg) => shorter[arg] ?? arg));
    assertEquals([code, stderr, stdout.split("\n").length], [0, "", 2]);
    return [`pod-${index}`, stdout];
  });
  const outputs = await Promise.all(pods);
  const [program, args] = sounderCommand([], ["--allow-read"]);
  const sounder = [program, ...args.map((arg) => arg === "main.ts" ? new URL("../../main.ts", FOLDER).pathname : arg)];
  await using folder = await temporaryFolder({
    ...Object.fromEntries(outputs),
    "bin/kubectl": KUBECTL,
    "bin/sounder": `#!/bin/sh\nexec ${sounder.map((part) => `'${part}'`).join(" ")} "$@" --json\n`,
  });
  for (const name of ["kubectl", "sounder"]) await Deno.chmod(`${folder.path}/bin/${name}`, 0o755);

  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-eu", "-c", commands(benchText)],
    cwd: folder.path,
    env: { PATH: `${folder.path}/bin:${Deno.env.get("PATH")}` },
    stdin: "null",
  }).output();
  const [said, printed] = [stderr, stdout].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals(code, 0, said);
  assertEquals(said.match(/^kubectl .*\/sounder-bench$/gm)?.length, 2, said);
  const lines = printed.trimEnd().split("\n");
  const results = outputs.map(([, result]) => JSON.parse(result));
  assertEquals(lines.slice(0, -1), results.map(({ startedAt }, i) => `r-${i}.json:"startedAt":"${startedAt}"`));
  const merged = JSON.parse(lines.at(-1)!);
  const requests = results.reduce((sum, { totals }) => sum + totals.requests, 0);
  assertEquals([merged.merged, merged.totals.requests, merged.latency.count], [results.length, requests, requests]);
  assertGreater(requests, 0);
});
