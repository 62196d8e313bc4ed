/* Memory that a program cannot start without. */
#include "base/need.h"

#include <stdio.h>
#include <stdlib.h>

void *need(void *p)
{
    if (p)
        return p;
    fputs("signet: out of memory\n", stderr);
    exit(EXIT_FAILURE);
}
