import { mount } from 'svelte';
import Page from './Page.svelte';
import { readAddress } from './lib/address';
import '../shared/tokens.css';
import '../shared/base.css';

const target = document.getElementById('page');
if (target === null) throw new Error('index.html has no #page');

mount(Page, { target, props: { address: readAddress(location) } });
