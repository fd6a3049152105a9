// Extended regular expressions of POSIX, as the C library reads them.
#pragma once
#include <regex.h>
#include <stdlib.h>

struct sw_expression {
    regex_t compiled;
};
// NULL on failure, with what is wrong in the buffer.
static inline struct sw_expression *sw_expression_make(const char *text, char *complaint, size_t size) {
    struct sw_expression *expression = calloc(1, sizeof *expression);
    int result = expression ? regcomp(&expression->compiled, text, REG_EXTENDED | REG_NOSUB) : REG_ESPACE;
    if (result == 0) return expression;
    regerror(result, expression ? &expression->compiled : NULL, complaint, size);
    free(expression);
    return NULL;
}
static inline int sw_expression_matches(const struct sw_expression *expression, const char *text) {
    return regexec(&expression->compiled, text, 0, NULL, 0) == 0;
}
static inline void sw_expression_free(struct sw_expression *expression) {
    regfree(&expression->compiled);
    free(expression);
}
