/* QR codes as images (ISO/IEC 18004). */
#ifndef SIGNET_DOMAIN_QR_CODE_H
#define SIGNET_DOMAIN_QR_CODE_H

#include "base/buf.h"

/* Appends "data:image/png;base64,…": a black and white image of text, for an <img>. False when the
 * text is too long for a QR code (about 2,300 bytes) or memory is out. */
bool qr_code_put_data_url(struct buf *out, struct str text, struct arena *arena);

#endif
