import { mount } from 'svelte';
import Page from './Page.svelte';
import { readAddress } from './lib/address';
import { Pass } from './lib/pass.svelte';
import '../shared/tokens.css';
import '../shared/base.css';

const target = document.getElementById('page');
if (target === null) throw new Error('index.html has no #page');

const pass = new Pass();
pass.take();
// Who opens another address with a token in this tab stays on the same document.
addEventListener('hashchange', () => pass.take() && location.reload());
mount(Page, { target, props: { address: readAddress(location), pass } });
