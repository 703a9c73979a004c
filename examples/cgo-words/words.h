#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/* What lies between words, besides white space. */
#define SEPARATORS ",.;:!?"

size_t words_count(const char *text);

#endif
