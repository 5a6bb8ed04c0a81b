/**
 * Hands the admin token from a tab of the dashboard that was let in to one that is opened
 * beside it. It goes through the memory of the browser, to pages of our own origin only:
 * on its way it is in no address, and in no storage.
 */
export class Handover {
  #channel = new BroadcastChannel('rollcall-admin-token');
  #asked = false;

  /** `own` is the token that this tab can give, empty for none; `receive` takes the one that it has asked for. */
  constructor(own: () => string, receive: (token: string) => void) {
    this.#channel.onmessage = ({ data }: MessageEvent<string>) => {
      if (data === '') {
        if (own() !== '') this.#channel.postMessage(own());
      } else if (this.#asked) {
        this.#asked = false; // others may answer, too
        receive(data);
      }
    };
  }

  /** Asks the other tabs. It may be that nobody ever answers. */
  ask(): void {
    this.#asked = true;
    this.#channel.postMessage('');
  }

  close(): void {
    this.#channel.close();
  }
}
