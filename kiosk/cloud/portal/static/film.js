/* Comfort only: everything on these pages works without it. ES5. */
(function () {
  'use strict';
  var shared = document.getElementById('shared');
  var copy = document.querySelector('[data-copy]');
  var picture = document.querySelector('.stage img');

  function send(path, fields) {
    var request = new XMLHttpRequest(), body = [], name;
    for (name in fields) { if (fields.hasOwnProperty(name)) { body.push(name + '=' + encodeURIComponent(fields[name])); } }
    request.open('POST', path);
    request.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    request.send(body.join('&'));
  }

  // A picture that does not come is told to the hospital: which step, nothing of whom.
  if (picture) {
    picture.addEventListener('error', function () { send('/measure', {stage: 'picture', outcome: 'not-loaded'}); });
  }

  // Arrow keys turn the film's pages.
  document.addEventListener('keydown', function (event) {
    var way = {ArrowLeft: 'prev', ArrowRight: 'next'}[event.key];
    var link = way && !/input|textarea/i.test(event.target.tagName) && document.querySelector('a[rel=' + way + ']');
    if (link) { link.click(); }
  });

  if (copy) {
    copy.hidden = false;
    copy.addEventListener('click', function () {
      var link = document.querySelector('[data-link]');
      link.select();
      if (navigator.clipboard) { navigator.clipboard.writeText(link.value); } else { document.execCommand('copy'); }
    });
  }

  if (shared && document.querySelector('[data-clock]')) { watch(); }

  function watch() {
    var clock = document.querySelector('[data-clock]'), receipt = document.querySelector('[data-receipt]');
    var end = Date.now() + 1000 * Number(shared.getAttribute('data-left')), over = false;

    function show() {
      var left = Math.max(0, Math.round((end - Date.now()) / 1000));
      clock.textContent = Math.floor(left / 60) + ':' + ('0' + left % 60).slice(-2);
      if (!left) { document.querySelector('[data-waiting]').hidden = true; document.querySelector('[data-over]').hidden = false; }
    }

    function ask() {
      var request = new XMLHttpRequest();
      request.open('GET', '/share/state?share=' + shared.getAttribute('data-share'));
      request.onload = function () {
        var told;
        if (request.status !== 200) { return; }
        told = JSON.parse(request.responseText);
        end = Date.now() + 1000 * told.left;
        if (told.state !== 'waiting' && told.state !== 'expired') {
          over = true;
          receipt.hidden = false;
          receipt.lastElementChild.textContent = told.receipt;
          document.querySelector('.countdown').hidden = true;
        }
        show();
      };
      request.send();
    }

    setInterval(function () { if (!over) { show(); } }, 500);
    setInterval(function () { if (!over) { ask(); } }, 2500);
  }
}());
