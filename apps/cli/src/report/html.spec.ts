import { describe, expect, it } from '@jest/globals';
import { html } from './html.js';

describe('html', () => {
  it('escapes text and quoted attributes', () => {
    const name = `<b onclick="x('&')">`;
    expect(html`<a title="${name}">${name}</a>`.text).toBe(
      '<a title="&lt;b onclick=&quot;x(&#39;&amp;&#39;)&quot;&gt;">&lt;b onclick=&quot;x(&#39;&amp;&#39;)&quot;&gt;</a>',
    );
  });

  it('does not escape Html', () => {
    const items = ['a', '<'].map((text) => html`<i>${text}</i>`);
    expect(html`<p>${items}</p>`.text).toBe('<p><i>a</i><i>&lt;</i></p>');
  });

  it('makes line breaks and control characters visible', () => {
    expect(html`${'a\nb\u0007c\u202Ed'}`.text).toBe('a␤b�c�d');
  });
});
