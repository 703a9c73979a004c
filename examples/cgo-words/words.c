#include "words.h"

#include <ctype.h>
#include <string.h>

size_t words_count(const char *text)
{
    size_t count = 0;
    int inside = 0;

    for (; *text != '\0'; text++) {
        int between = isspace((unsigned char)*text) || strchr(SEPARATORS, *text) != NULL;
        if (!between && !inside)
            count++;
        inside = !between;
    }
    return count;
}
