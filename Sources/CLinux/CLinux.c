// The shims are inline functions in the headers; a C target needs one file to compile.
#include "CLinux.h"

_Static_assert(sizeof(struct sw_record) == SW_RECORD_HEADER_BYTES, "the header of a flight record is one fixed size");
