import { backlogCase } from "./cases/backlog.ts";
import { bandwidthCase } from "./cases/bandwidth.ts";
import { bulkCase } from "./cases/bulk.ts";
import { churnCase } from "./cases/churn.ts";
import { connectionsCase } from "./cases/connections.ts";
import { cutLinkCase } from "./cases/cut_link.ts";
import { emfileCase } from "./cases/emfile.ts";
import { emfileStartCase } from "./cases/emfile_start.ts";
import { lossCase } from "./cases/loss.ts";
import { oneByteCase } from "./cases/one_byte.ts";
import { rstCase } from "./cases/rst.ts";
import { rstBeforeAcceptCase } from "./cases/rst_before_accept.ts";
import { segmentsCase } from "./cases/segments.ts";
import { sigkillClientCase } from "./cases/sigkill_client.ts";
import { sigkillServerCase } from "./cases/sigkill_server.ts";
import { sigtermCase } from "./cases/sigterm.ts";
import { slowReadersCase } from "./cases/slow_readers.ts";
import { soakCase } from "./cases/soak.ts";
import { stoppedClientCase } from "./cases/stopped_client.ts";
import { stoppedServerCase } from "./cases/stopped_server.ts";
import type { TortureCase } from "./torture_case.ts";

/** Every case, in the order in which they run. */
export const TORTURE_CASES: readonly TortureCase[] = [
  connectionsCase,
  churnCase,
  segmentsCase,
  oneByteCase,
  bulkCase,
  rstCase,
  rstBeforeAcceptCase,
  stoppedClientCase,
  stoppedServerCase,
  cutLinkCase,
  emfileCase,
  emfileStartCase,
  backlogCase,
  slowReadersCase,
  sigtermCase,
  sigkillServerCase,
  sigkillClientCase,
  lossCase,
  bandwidthCase,
  soakCase,
];
