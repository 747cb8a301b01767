/** Calls a callback of the user's. What it throws, or the promise that it returns rejects with, goes to `onFailure`. */
export function attempt(callback: () => unknown, onFailure: (error: unknown) => void): boolean {
  try {
    const result = callback();
    // An async function does where `void` is asked for, and its rejection would end the process.
    if (result instanceof Promise) result.catch(onFailure);
    return true;
  } catch (error) {
    onFailure(error);
    return false;
  }
}
