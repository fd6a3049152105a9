// What swrun's own process does before Swift's runtime has started; see program.c.
#pragma once

// Takes back what was put into the environment for Swift's runtime, so that no hook inherits it.
void sw_program_has_started(void);
