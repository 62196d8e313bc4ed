// Sends the answer to an authorization request on to the client's address.
'use strict';

document.querySelector('form').submit();
