/* QR codes by libqrencode, written as PNG (ISO/IEC 15948). */
#include "domain/qr_code.h"

#include <qrencode.h>

#include "base/encoding.h"

#define SCALE  4 /* pixels a module */
#define MARGIN 4 /* modules of quiet zone */
#define STORED ((size_t)65535)

struct image {
    uint32_t size; /* pixels a side */
    size_t stride; /* bytes a line, with the filter byte before it */
    uint8_t *bytes;
};

static void set_black(struct image *image, uint32_t x, uint32_t y)
{
    image->bytes[y * image->stride + 1 + x / 8] &= (uint8_t) ~(0x80 >> x % 8);
}

static void draw_module(struct image *image, uint32_t x, uint32_t y)
{
    for (uint32_t dy = 0; dy < SCALE; dy++)
        for (uint32_t dx = 0; dx < SCALE; dx++)
            set_black(image, (x + MARGIN) * SCALE + dx, (y + MARGIN) * SCALE + dy);
}

static bool draw(struct arena *arena, const QRcode *code, struct image *image)
{
    uint32_t width = (uint32_t)code->width;
    image->size = (width + 2 * MARGIN) * SCALE;
    image->stride = 1 + (image->size + 7) / 8;
    image->bytes = arena_alloc(arena, image->stride * image->size);
    if (!image->bytes)
        return false;
    for (uint32_t y = 0; y < image->size; y++)
        memset(image->bytes + y * image->stride + 1, 0xff, image->stride - 1);
    for (uint32_t y = 0; y < width; y++)
        for (uint32_t x = 0; x < width; x++)
            if (code->data[y * width + x] & 1)
                draw_module(image, x, y);
    return true;
}

static void put_u32(struct buf *out, uint32_t value)
{
    const uint8_t bytes[] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                             (uint8_t)value};
    buf_put(out, bytes, sizeof(bytes));
}

static uint32_t crc32_of(struct str data)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < data.n; i++) {
        crc ^= (uint8_t)data.p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static uint32_t adler32_of(struct str data)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < data.n; i++) {
        a = (a + (uint8_t)data.p[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

/* content begins with the chunk's four letters. */
static void put_chunk(struct buf *out, struct str content)
{
    put_u32(out, (uint32_t)content.n - 4);
    buf_str(out, content);
    put_u32(out, crc32_of(content));
}

/* A zlib stream of stored blocks (RFC 1950, 1951): the image is small as it is. */
static void put_stored(struct buf *out, struct str data)
{
    BUF_LIT(out, "\x78\x01");
    for (struct str rest = data; rest.n;) {
        size_t n = rest.n < STORED ? rest.n : STORED;
        buf_byte(out, n == rest.n);
        buf_byte(out, (char)(n & 0xff));
        buf_byte(out, (char)(n >> 8));
        buf_byte(out, (char)(~n & 0xff));
        buf_byte(out, (char)(~n >> 8 & 0xff));
        buf_put(out, rest.p, n);
        rest = str_from(rest, n);
    }
    put_u32(out, adler32_of(data));
}

static void put_png(struct buf *out, const struct image *image, struct arena *arena)
{
    struct buf head = buf_new(arena, SIZE_MAX), data = buf_new(arena, SIZE_MAX);
    BUF_LIT(&head, "IHDR");
    put_u32(&head, image->size);
    put_u32(&head, image->size);
    BUF_LIT(&head, "\1\0\0\0\0"); /* 1 bit of grey, no filter, no interlacing */
    BUF_LIT(&data, "IDAT");
    put_stored(&data, (struct str){(char *)image->bytes, image->stride * image->size});
    BUF_LIT(out, "\x89PNG\r\n\x1a\n");
    put_chunk(out, buf_view(&head));
    put_chunk(out, buf_view(&data));
    put_chunk(out, STR("IEND"));
}

bool qr_code_put_data_url(struct buf *out, struct str text, struct arena *arena)
{
    struct image image;
    struct buf png = buf_new(arena, SIZE_MAX);
    char *cstr = arena_cstr(arena, text);
    QRcode *code = cstr ? QRcode_encodeString8bit(cstr, 0, QR_ECLEVEL_M) : NULL;
    bool drawn = code && draw(arena, code, &image);
    QRcode_free(code);
    if (!drawn)
        return false;
    put_png(&png, &image, arena);
    struct str bytes = buf_view(&png);
    BUF_LIT(out, "data:image/png;base64,");
    base64_encode(out, bytes.p, bytes.n);
    return bytes.p && !out->failed;
}
