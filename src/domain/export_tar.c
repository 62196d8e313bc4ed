/* Archives of exported files. POSIX.1-1988, ustar */
#include "domain/export_parts.h"

enum { BLOCK = 512, NAME_SIZE = 100 };

/* The header's layout; all texts. */
struct header {
    char name[NAME_SIZE], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
    char link[NAME_SIZE], magic[6], version[2], user[32], group[32], major[8], minor[8];
    char prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

/* Octal digits, zero-padded, ended by NUL. */
static void put_octal(char *field, size_t size, size_t value)
{
    field[size - 1] = '\0';
    for (size_t i = size - 1; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
}

static void pad(struct buf *out)
{
    static const char zeros[BLOCK];
    buf_put(out, zeros, (BLOCK - out->n % BLOCK) % BLOCK);
}

void tar_add(struct buf *out, struct str path, struct str text)
{
    struct header header = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
    size_t sum = 0;
    if (path.n > NAME_SIZE || !path.n)
        return;
    memcpy(header.name, path.p, path.n);
    put_octal(header.mode, sizeof(header.mode), 0600);
    put_octal(header.uid, sizeof(header.uid), 0);
    put_octal(header.gid, sizeof(header.gid), 0);
    put_octal(header.size, sizeof(header.size), text.n);
    put_octal(header.mtime, sizeof(header.mtime), 0);
    memset(header.checksum, ' ', sizeof(header.checksum));
    for (size_t i = 0; i < sizeof(header); i++)
        sum += ((const unsigned char *)&header)[i];
    put_octal(header.checksum, sizeof(header.checksum) - 1, sum);
    buf_put(out, &header, sizeof(header));
    buf_str(out, text);
    pad(out);
}

void tar_end(struct buf *out)
{
    static const char zeros[2 * BLOCK];
    buf_put(out, zeros, sizeof(zeros));
}
