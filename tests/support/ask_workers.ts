/**
 * Gives each of several Workers an order, all at once, and ends them when they have answered.
 *
 * @param module The Workers' module, by its path from this folder. It answers one message with one message.
 * @returns The answers, in the order of the orders.
 */
export async function askWorkers<Order, Answer>(module: string, orders: Order[]): Promise<Answer[]> {
  return await Promise.all(orders.map((order) =>
    new Promise<Answer>((resolve, reject) => {
      const worker = new Worker(new URL(module, import.meta.url), { type: "module" });
      worker.onerror = (event) => {
        event.preventDefault();
        reject(new Error(event.message));
      };
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.postMessage(order);
    })
  ));
}
