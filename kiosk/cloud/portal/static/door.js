/* Hands the secret in the address over to the form and takes it out of the address and the history. ES5: it runs on
   telephones of 2014. Nothing here sends anything; a person's tap does. */
(function () {
  'use strict';
  var secret = location.hash.slice(1);
  var field = document.getElementById('secret');
  var here = document.body.getAttribute('data-here');
  var looks = document.querySelectorAll('[data-look]');
  var missing = document.getElementById('no-link');
  var i;
  if (window.history && history.replaceState && (secret || location.pathname !== here)) {
    history.replaceState(null, '', here === location.pathname ? here + location.search : here);
  }
  if (!field) { return; }
  if (secret) { field.value = secret; }
  if (!field.value && missing) {
    missing.hidden = false;
    document.getElementById('question').hidden = true;
  }
  // Another language or size comes back to this page and must find the secret again; a fragment is not sent anywhere.
  for (i = 0; i < looks.length; i += 1) { looks[i].href += '#' + field.value; }
  if (field.value) { document.getElementById('answer').focus(); }
}());
