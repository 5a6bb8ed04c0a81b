import { mount } from 'svelte';
import Dash from './Dash.svelte';
import { takeToken } from './lib/token';
import '../shared/tokens.css';
import '../shared/base.css';
import './dash.css';

const target = document.getElementById('page');
if (target === null) throw new Error('dash.html has no #page');

takeToken();
mount(Dash, { target });
